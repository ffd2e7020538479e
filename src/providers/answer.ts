import type { Dispatcher } from 'undici';

/** What one answer may be. It is judged before it is parsed: parsing is what a hostile one makes expensive. */
export interface AnswerLimits {
  readonly bytes: number;
  /** Members of arrays and objects, all together. */
  readonly values: number;
}

/** A page of 1,000 clients is below 1 MiB, with some 20 values a client; other answers show one client. */
export const pageLimits: AnswerLimits = { bytes: 2 * 1024 * 1024, values: 100_000 };
export const answerLimits: AnswerLimits = { bytes: 256 * 1024, values: 10_000 };

/** Metadata of a user may be nested; parsers and everything recursive behind them bear this much. */
const DEEPEST = 64;

/** An answer that is not read. The message is for a sentence, and holds nothing of the answer. */
export class UnreadableAnswer extends Error {
  /** Of a list less may be asked for at once. */
  readonly tooMuch: boolean;

  constructor(message: string, tooMuch: boolean) {
    super(message);
    this.tooMuch = tooMuch;
  }
}

const kibibytes = (bytes: number): string => `${bytes / 1024} KiB`;

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
] as const;

/** Counts on the bytes of a JSON text as they come. Of what is no JSON it may count anything, and JSON.parse says so. */
class Shape {
  readonly #most: number;
  #depth = 0;
  #values = 0;
  #inString = false;
  #isEscaped = false;

  constructor({ values }: AnswerLimits) {
    this.#most = values;
  }

  add(chunk: Buffer): void {
    // In local variables: this is run for every byte of every answer.
    let depth = this.#depth;
    let values = this.#values;
    let inString = this.#inString;
    let isEscaped = this.#isEscaped;
    for (const byte of chunk) {
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === COMMA) values++;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        values++;
        depth++;
        if (depth > DEEPEST)
          throw new UnreadableAnswer(`the answer is nested deeper than ${DEEPEST} levels`, false);
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    }
    if (values > this.#most)
      throw new UnreadableAnswer(`the answer holds more than ${this.#most} values`, true);
    this.#depth = depth;
    this.#values = values;
    this.#inString = inString;
    this.#isEscaped = isEscaped;
  }
}

/**
 * Null where there is no body at all, undefined where it is no JSON. Throws an UnreadableAnswer as soon as the answer is more than it may be, which also
 * closes the connection.
 */
export const readJson = async (
  body: Dispatcher.ResponseData['body'],
  limits: AnswerLimits,
): Promise<unknown> => {
  const shape = new Shape(limits);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.bytes)
      throw new UnreadableAnswer(`the answer is larger than ${kibibytes(limits.bytes)}`, true);
    shape.add(chunk);
    chunks.push(chunk);
  }
  if (size === 0) return null;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
};
