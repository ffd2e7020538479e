import { positionInFlight } from '../common/position.ts';
import { adoptSecret, giveUpOperation, signAgain } from '../common/secret.ts';
import { recover } from '../common/situation.ts';
import { lastPublishedId } from '../locate.ts';
import { publishRead, type StagedRow } from './situation.ts';

/** Whoever sleeps between mint and publication must not write over a Secret that only its provider does not know. */
const giveUpFirst: StagedRow = (situation) =>
  situation.facts.secret?.integrity === 'ok' ? giveUpOperation(situation) : undefined;

/**
 * The Secret is gone before the turn: consumers have it, and it becomes the current one next. Where the current one is somebody
 * else's, it is not turned back: it was made since, or was there before us, and is followed.
 */
const publishedRotated: StagedRow = (situation) => {
  const { facts, rotated, current } = situation;
  return rotated && rotated.id === lastPublishedId(facts.object)
    ? publishRead(situation, rotated, {
        prove: false,
        previous: current?.issuedBy && current.id,
        message: 'the Secret is gone or was changed; what was published is read at the provider',
      })
    : undefined;
};

const publishCurrent: StagedRow = (situation) =>
  situation.usable &&
  publishRead(situation, situation.usable, {
    prove: false,
    message: 'the Secret does not hold a credential of the client; the current one is read at the provider',
  });

/** There is no Secret, or the provider does not accept what is in it. */
export const broken: readonly StagedRow[] = [
  positionInFlight, //    a stage, turn or drop of ours may still arrive
  signAgain, //           only the integrity key is another one
  adoptSecret, //         the Secret that came with an adopted client
  giveUpFirst, //         win the Secret before anything of a dead operation is read
  publishedRotated, //    what consumers use is the rotated one
  publishCurrent, //      the other one, if there is one, goes through the gate
  recover, //             the current one has ended by itself, or there is none
];
