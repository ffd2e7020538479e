import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import { JsonScanner } from '../runtime/skim.ts';

/** etcd takes objects of 1.5 MB; what is far above that is no object. */
const LONGEST_ITEM = 32 * 1024 * 1024;
const LONGEST_REST = 1024 * 1024;
/** Parsing for longer than this at a time would be felt by the lease and the probes. */
const TURN_MS = 8;

const [OPEN_BRACE, OPEN_BRACKET] = [0x7b, 0x5b];
/** Inside of the list object, and inside of its array of items. */
const [IN_LIST, IN_ITEMS] = [1, 2];

/**
 * Reads a list of Kubernetes (`{"metadata":{…},"items":[{…},{…}]}`) item by item, as it comes in: `item` gets the bytes of
 * each, and what is left of the list without them is given back. A page of 500 objects of 1.5 MB is never in memory as
 * a whole.
 *
 * @throws SyntaxError for what is no such list, or has an item or a rest that is far too long
 */
export const readList = async (
  chunks: AsyncIterable<Uint8Array>,
  clock: Clock,
  item: (bytes: Uint8Array) => void,
): Promise<unknown> => {
  const scanner = new JsonScanner();
  const one = new Pieces(LONGEST_ITEM);
  const rest = new Pieces(LONGEST_REST);
  let isItems = false;
  let turnBegan = clock.monotonic();
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (
        scanner.isText ||
        (byte !== OPEN_BRACE && byte !== OPEN_BRACKET && byte !== 0x7d && byte !== 0x5d)
      ) {
        scanner.next(byte);
        continue;
      }
      const before = scanner.depth;
      scanner.next(byte);
      if (byte === OPEN_BRACKET && before === IN_LIST) {
        isItems = true;
        rest.add(chunk.subarray(from, at + 1));
        from = at + 1;
      } else if (isItems && byte === OPEN_BRACE && before === IN_ITEMS)
        from = at; // Commas between items are dropped.
      else if (isItems && scanner.depth === IN_ITEMS) {
        one.add(chunk.subarray(from, at + 1));
        from = at + 1;
        item(one.take());
        if (clock.monotonic() - turnBegan >= TURN_MS) {
          await setImmediate();
          turnBegan = clock.monotonic();
        }
      } else if (isItems && scanner.depth === IN_LIST) {
        isItems = false;
        from = at;
      }
    }
    if (!isItems) rest.add(chunk.subarray(from));
    else if (scanner.depth > IN_ITEMS) one.add(chunk.subarray(from));
  }
  return JSON.parse(rest.take().toString('utf8')) as unknown;
};

/** Of something that comes in pieces and must not become too long. */
class Pieces {
  readonly #longest: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#longest) throw new SyntaxError('the list is not of the expected form');
    this.#pieces.push(piece);
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return whole;
  }
}
