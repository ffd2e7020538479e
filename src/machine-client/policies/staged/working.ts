import { positionInFlight } from '../common/position.ts';
import { duplicate, dueCause, restartConsumers, throughGate } from '../common/rotation.ts';
import { formerSecret, giveUpOperation, lackingCause, layout, statusFirst } from '../common/secret.ts';
import { live, mint } from '../common/situation.ts';
import { notYetLooked } from '../locate.ts';
import { isLostStage, lives, mayHaveStaged, publishRead, type Staged, type StagedRow } from './situation.ts';

const holdsRotated = ({ facts, rotated }: Staged): boolean =>
  rotated !== undefined && facts.secret?.credentialId === rotated.id;

/** What a list has shown may be older than the stage: given up on that, what was staged would be dropped and made again. */
const lookForStage: StagedRow = ({ facts, client }) =>
  client.active && mayHaveStaged(facts) && notYetLooked(facts, [client.id]).length > 0
    ? { kind: 'look', ids: [client.id] }
    : undefined;

/** Nothing has to be made again. An inactive client gives no token, so nothing of it could be proven. */
const lostStage: StagedRow = (situation) => {
  const { facts, client, current, rotated } = situation;
  return rotated && client.active && !holdsRotated(situation) && isLostStage(facts, rotated)
    ? publishRead(situation, rotated, {
        prove: true,
        previous: current?.id,
        message: 'the answer to a new credential was lost; it is read at the provider',
      })
    : undefined;
};

/**
 * Somebody has made a new credential in the console. Turned back, that one would stand where ours stood, and end with the
 * overlap.
 */
const regenerated: StagedRow = (situation) => {
  const { facts, client, usable } = situation;
  return usable && holdsRotated(situation) && facts.secret?.previousCredentialId !== usable.id
    ? publishRead(situation, usable, {
        prove: client.active,
        message: 'somebody has made a new credential at the provider; it is followed',
      })
    : undefined;
};

/**
 * Soon after the publication: until then a new credential of the console takes the place of what the Secret holds. And before
 * the client is let go, for what is rotated goes with the mark.
 */
export const turn: StagedRow = (situation) => {
  const { facts, client, current } = situation;
  const { secret } = facts;
  return secret && current && holdsRotated(situation) && secret.previousCredentialId === current.id
    ? live(situation, {
        kind: 'turn',
        client,
        suffix: secret.credentialId,
        // The first step towards the end of the old one: what keeps it back is said where that one is waited for.
        reason: 'Retiring',
        message: 'the published credential becomes the current one; both go on working',
      })
    : undefined;
};

/** A value that was never stored can be read. */
const readLacking: StagedRow = (situation) => {
  const { facts } = situation;
  const { secret } = facts;
  return secret &&
    lackingCause(facts) !== undefined &&
    [situation.current?.id, situation.rotated?.id].includes(secret.credentialId)
    ? publishRead(
        situation,
        { id: secret.credentialId },
        {
          prove: false,
          previous: secret.previousCredentialId,
          message: 'spec.secret asks for a value that was never stored; it is read at the provider',
        },
      )
    : undefined;
};

/**
 * Whatever is there has ended by itself: nobody can be cut off any more, and whoever waits for the gate waits for what opens
 * nothing.
 */
const ended: StagedRow = (situation) => {
  const { facts, client, current, usable, rotated } = situation;
  return current &&
    !usable &&
    rotated &&
    !lives(facts, rotated) &&
    client.active &&
    facts.object.spec.state === 'Active'
    ? mint(situation, 'Recovering', 'all credentials of the client have ended; a new one is made')
    : undefined;
};

/** When all that is there will have ended by itself; undefined: it has, or never will. */
const endOf = ({ facts, usable, current, rotated }: Staged): number | undefined => {
  if (current?.expiryTime === undefined || rotated?.expiryTime === undefined) return undefined;
  return usable || lives(facts, rotated) ? Math.max(current.expiryTime, rotated.expiryTime) : undefined;
};

const retire: StagedRow = (situation) => {
  const { facts, client, rotated } = situation;
  if (!rotated || !facts.secret || holdsRotated(situation)) return undefined;
  const drop = live(situation, {
    kind: 'drop',
    client,
    suffix: rotated.id,
    reason: 'Retiring',
    message: 'the overlap has passed; the rotated credential is dropped',
  });
  const plan = throughGate(situation, facts.secret, drop);
  const until = endOf(situation);
  // Then there is nothing left to wait for.
  return plan.kind === 'nothing' && until !== undefined
    ? { ...plan, until: Math.min(plan.until ?? until, until) }
    : plan;
};

const due: StagedRow = (situation) => {
  const cause = dueCause(situation);
  return cause === undefined || situation.rotated ? undefined : mint(situation, 'Rotating', cause);
};

/**
 * The Secret is what we wrote, and the provider accepts its credential. A rotation goes through these rows, each state
 * told by what is there (current and rotated at the provider, S the Secret), and none remembered:
 *
 *   state            told by                                      row                 then
 *   idle             S = current, none rotated                    –                   due, when its time comes
 *   due              the schedule, the windows, a request         due                 dry run → fence → stage → prove → publish
 *   staged           S = current, rotated, K = our stage          (in flight: wait)   the pass that staged it goes on
 *   lost             the same, settled                            lostStage           look → read → prove → publish
 *   published        S = rotated, current = S's previous one      turn                look → fence → turn
 *   turned           S = current, rotated                         restartConsumers    the version on their pod templates
 *   overlap          S = current, rotated                         retire: gate        wait for rollout and overlap
 *   passed           S = current, rotated, all of it              retire              look → fence → drop
 *   ended            current and rotated have ended by themselves ended               mint → publish
 *   regenerated      S = rotated, current is another one          regenerated         look → read → prove → publish
 *   replaced         due, and the provider bears one (Replace)   due                 as staged, and nothing is turned or dropped
 */
export const working: readonly StagedRow[] = [
  statusFirst, //         status ≠ Secret
  lookForStage, //        what nobody has read since
  lostStage, //           our stage, whose answer was lost, while K says so
  giveUpOperation, //     win the Secret before anything of a dead operation is touched
  positionInFlight, //    a stage, turn or drop of ours may still arrive
  regenerated, //         somebody else's new one
  turn, //                before anything that may take longer
  ended, //               nothing that is there works
  readLacking, //         a value that was never stored
  layout, //              the same credential, written as the spec now wants it
  restartConsumers, //    they get the new credential long before the old one is dropped
  retire, //              the old credential, through the gate
  due, //                 a new credential
  duplicate, //           a second client with our mark
  formerSecret, //        the Secret under its former name
];
