import { annotations } from '../../../api/group.ts';
import { overlapEnds } from '../gate.ts';
import { positionInFlight } from '../common/position.ts';
import { adoptSecret, signAgain } from '../common/secret.ts';
import { live, recover } from '../common/situation.ts';
import { lastPublishedId } from '../locate.ts';
import { cancel, openIsOurs, type TwoPhaseRow } from './situation.ts';

/** Taking over is fenced, and K is what says that the open rotation is ours. */
const adopt: TwoPhaseRow = (situation) =>
  situation.next !== undefined && openIsOurs(situation) ? undefined : adoptSecret(situation);

/** The value exists before: nothing has to be minted to recover it. */
const importAgain: TwoPhaseRow = ({ facts, client, current, next }) =>
  !facts.secret &&
  !facts.importRefuted &&
  facts.provider.imports &&
  current !== undefined &&
  next === undefined &&
  facts.object.status.operation === undefined
    ? { kind: 'publish-import', client, reason: 'Publishing', message: 'the imported secret is published' }
    : undefined;

const publishedBefore: TwoPhaseRow = (situation) => {
  const { facts, client, next } = situation;
  const { object, now } = facts;
  if (next === undefined) return undefined;
  if (next !== lastPublishedId(object)) return undefined;
  // Status tells whole seconds: only in the next one is it certain that so much time has passed.
  const since = (Date.parse(object.status.lastRotationTime ?? '') || 0) + 1_000;
  const ends = overlapEnds(facts, since);
  return now < ends && object.annotations[annotations.revokePrevious] !== String(object.status.secretVersion)
    ? {
        kind: 'hold',
        reason: 'OverlapWithoutSecret',
        stalled: false,
        until: ends,
        message: `the Secret is gone or was changed while its credential ****${next} was still within the overlap; a new one can be made when the overlap ends, or at once with ${annotations.revokePrevious}: "${object.status.secretVersion}"`,
      }
    : live(situation, {
        kind: 'promote',
        client,
        suffix: next,
        reason: 'Retiring',
        message: 'the overlap has passed; the published credential becomes the current one',
      });
};

const lostOpen: TwoPhaseRow = (situation) =>
  situation.next !== undefined && openIsOurs(situation) ? cancel(situation, situation.next) : undefined;

const foreignOpen: TwoPhaseRow = ({ next }) =>
  next === undefined
    ? undefined
    : {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: true,
        message: `the Secret does not work, and a rotation that is not ours is open on the client (next secret ****${next}); end or cancel it at the provider`,
      };

/** There is no Secret, or the provider does not accept what is in it. */
export const broken: readonly TwoPhaseRow[] = [
  positionInFlight, //    a promote or cancel of ours may still arrive
  signAgain, //           only the integrity key is another one
  adopt, //         the Secret that came with an adopted client
  importAgain, //         the value to import is at hand
  publishedBefore, //     the open rotation is what consumers use
  lostOpen, //            our start, whose secret is lost
  foreignOpen, //         somebody else's start
  recover, //             one more credential on the same client
];
