import { positionInFlight } from '../common/position.ts';
import { duplicate, dueCause, restartConsumers, throughGate } from '../common/rotation.ts';
import { formerSecret, giveUpOperation, layout, statusFirst } from '../common/secret.ts';
import { live, mint } from '../common/situation.ts';
import { cancel, openIsOurs, type TwoPhaseRow } from './situation.ts';

const lostRotation: TwoPhaseRow = (situation) =>
  situation.next !== undefined &&
  situation.facts.secret?.credentialId === situation.current &&
  openIsOurs(situation)
    ? cancel(situation, situation.next)
    : undefined;

const foreignRotation: TwoPhaseRow = ({ facts, current, next }) =>
  next !== undefined && facts.secret?.credentialId === current
    ? {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: false,
        message: `somebody else has a rotation open on the client (next secret ****${next}); the Secret works, rotation waits until it is ended`,
      }
    : undefined;

const retire: TwoPhaseRow = (situation) => {
  const { facts, client, next } = situation;
  if (next === undefined || facts.secret?.credentialId !== next) return undefined;
  const promote = live(situation, {
    kind: 'promote',
    client,
    suffix: next,
    reason: 'Retiring',
    message: 'the overlap has passed; the old credential is retired',
  });
  return throughGate(situation, facts.secret, promote);
};

const due: TwoPhaseRow = (situation) => {
  const cause = dueCause(situation);
  return cause === undefined ? undefined : mint(situation, 'Rotating', cause);
};

/**
 * The Secret is what we wrote, and the provider accepts its credential. A rotation goes through these rows, each state
 * told by what is there (current and next at the provider, S the Secret), and none remembered:
 *
 *   state            told by                                      row                 then
 *   idle             S = current, none open                       –                   due, when its time comes
 *   due              the schedule, the windows, a request         due                 dry run → fence → start → prove → publish
 *   minted           S = current, open, K = our start             (in flight: wait)   the pass that minted it goes on
 *   lost             the same, settled, given up on S             lostRotation        cancel, and due again
 *   published        S = next                                     restartConsumers    the version on their pod templates
 *   rolling out      S = next, the templates have it              retire: gate        wait for the rollout, however long
 *   overlap          S = next, rolled out                         retire: gate        wait for the overlap
 *   passed           S = next, all of it                          retire              look → fence → promote
 *   done             S = current, none open                       –                   idle
 *   foreign          S = current, open, not ours                  foreignRotation     named, left alone
 */
export const working: readonly TwoPhaseRow[] = [
  statusFirst, //         status ≠ Secret
  giveUpOperation, //     win the Secret before anything of a dead operation is touched
  positionInFlight, //    a promote or cancel of ours may still arrive
  lostRotation, //        our start, whose secret is lost: before anything else is fenced, for K says that it is ours
  layout, //              the same credential, written as the spec now wants it
  foreignRotation, //     somebody else's start
  restartConsumers, // they get the new credential long before the old one is retired
  retire, //              the old credential, through the gate
  due, //                 a new credential
  duplicate, //           a second client with our mark
  formerSecret, //        the Secret under its former name
];
