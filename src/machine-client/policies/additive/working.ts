import { duplicate, dueCause, restartConsumers, throughGate } from '../common/rotation.ts';
import { formerSecret, giveUpOperation, lackingCause, layout, statusFirst } from '../common/secret.ts';
import { live, mint } from '../common/situation.ts';
import { type AdditiveRow, limitReached, nameFirst, readWhole, retire, setInFlight } from './situation.ts';

/**
 * Read before it: what was known of the client may be older than what the operation has made, a list of names shows no
 * more of it, and afterwards nothing would ask.
 */
const giveUpRead: AdditiveRow = (situation) => {
  const plan = giveUpOperation(situation);
  return plan && live(situation, plan);
};

const retireOld: AdditiveRow = (situation) => {
  const { facts, old } = situation;
  const [oldest] = old;
  if (!oldest || !facts.secret) return undefined;
  const message = 'the overlap has passed; a credential that is not published any more is deleted';
  return throughGate(situation, facts.secret, retire(situation, oldest, 'Retiring', message));
};

/**
 * It carries the operation that was given up on S. So it was never published, and never will be: nobody holds it, and
 * nothing has to be waited for.
 */
const revokeLost: AdditiveRow = (situation) => {
  const { secret } = situation.facts;
  // Of one from before this publication it cannot be known: where the object was put back to an older state, its
  // credential may have been published, and be in use. It goes as an old one does.
  const abandoned =
    secret?.abandonedOperation !== undefined && secret.abandonedOperation > secret.operation
      ? secret.abandonedOperation
      : undefined;
  const lost =
    abandoned === undefined
      ? undefined
      : situation.old.find(({ issuedBy }) => issuedBy?.operation === abandoned);
  const message = 'a credential of which the answer was lost is deleted: it was never published';
  return lost && retire(situation, lost, 'Retiring', message);
};

const due: AdditiveRow = (situation) => {
  // Where there is room, `layout` has made the one that was never stored.
  const cause = dueCause(situation) ?? lackingCause(situation.facts);
  if (cause === undefined) return undefined;
  return situation.canMint ? mint(situation, 'Rotating', cause) : limitReached(situation);
};

/**
 * The Secret is what we wrote, and the provider accepts its credential. A rotation goes through these rows, each state
 * told by what is there (S the Secret, *old*: credentials of ours that S does not hold), and none remembered:
 *
 *   state          told by                                row                   then
 *   idle           no old one                             –                     due, when its time comes
 *   due            the schedule, the windows, a request   due                   dry run → fence → add → prove → publish
 *   minted         K = our mint, unresolved               (in flight: wait)     the pass that minted it goes on
 *   lost           the same, settled                      giveUpRead, nameFirst   named in status, then as *published*
 *                  … and it carries its operation         giveUpRead, revokeLost  look → fence → delete it by id
 *   published      an old one                             restartConsumers      the version on their pod templates
 *   rolling out    an old one, the templates have it      retireOld: gate       wait for the rollout, however long
 *   overlap        an old one, rolled out                 retireOld: gate       wait for the overlap
 *   passed         an old one, all of it                  retireOld             look → fence → delete it by id
 *   full           due, or a value was never stored,      due                   named, left alone
 *                  and foreign ones take all room
 */
export const working: readonly AdditiveRow[] = [
  statusFirst, //         status ≠ Secret
  readWhole, //           only its name was listed, and it is not at rest
  giveUpRead, //          win the Secret before anything of a dead operation is touched
  setInFlight, //         a set of keys that was written may still arrive
  revokeLost, //          what says itself that it came of a dead operation
  nameFirst, //           a lost mint, while K still says that it is ours
  layout, //              the same credential, written as the spec now wants it
  restartConsumers, //    they get the new credential long before the old one is retired
  retireOld, //           one after the other, through the gate
  due, //                 a new credential
  duplicate, //           a second client with our mark
  formerSecret, //        the Secret under its former name
];
