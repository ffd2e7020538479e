import { annotations } from '../../../api/group.ts';
import { overlapEnds } from '../gate.ts';
import { adoptSecret, signAgain } from '../common/secret.ts';
import { recover } from '../common/situation.ts';
import { lastPublishedId } from '../locate.ts';
import { type AdditiveRow, limitReached, nameFirst, readWhole, retire, setInFlight } from './situation.ts';

/** No room for one more: what was made after the last publication has no consumer; the older ones may have. */
const makeRoom: AdditiveRow = (situation) => {
  const { facts, client, old, canMint } = situation;
  if (canMint) return undefined;
  const last = lastPublishedId(facts.object);
  const published = client.credentials.find(({ id }) => id === last);
  const youngest = old.at(-1);
  const [oldest] = old;
  if (!oldest || !youngest) return limitReached(situation);
  if (published && (youngest.createdTime ?? 0) > (published.createdTime ?? Number.POSITIVE_INFINITY))
    return retire(
      situation,
      youngest,
      'Recovering',
      'a lost credential is deleted to make room for a new one',
    );
  const { object, now } = facts;
  // Status tells whole seconds: only in the next one is it certain that so much time has passed.
  const ends = overlapEnds(facts, (Date.parse(object.status.lastRotationTime ?? '') || 0) + 1_000);
  const revoked = object.annotations[annotations.revokePrevious] === String(object.status.secretVersion);
  return now < ends && !revoked
    ? {
        kind: 'hold',
        reason: 'OverlapWithoutSecret',
        stalled: false,
        until: ends,
        message: `the Secret is gone or was changed while earlier credentials were still within the overlap, and the provider allows no more; a new one can be made when the overlap ends, or at once with ${annotations.revokePrevious}: "${object.status.secretVersion}"`,
      }
    : retire(situation, oldest, 'Retiring', 'the oldest credential is deleted to make room for a new one');
};

/** There is no Secret, or the provider does not accept what is in it. */
export const broken: readonly AdditiveRow[] = [
  readWhole, //     only its name was listed
  setInFlight, //   a set of keys that was written may still arrive
  signAgain, //     only the integrity key is another one
  adoptSecret, //   the Secret that came with an adopted client
  nameFirst, //     a lost mint, while K still says that it is ours
  makeRoom, //      as many as there may be
  recover, //       one more credential on the same client
];
