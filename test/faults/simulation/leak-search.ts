/** So many bytes are looked up at once. */
const WINDOW = 4;
const TABLE = 1 << 16;

const hashOf = (bytes: Uint8Array, at: number): number => {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (Math.imul(a | (b << 8) | (c << 16) | (d << 24), 0x9e3779b1) >>> 16) & (TABLE - 1);
};

/**
 * Finds whether a long text holds any of many texts, none of which is short, in one pass that skips most of it: wherever
 * one of them stands, it lies over one of the places that are looked at, and each of its windows is in the table.
 */
export class LeakSearch {
  readonly #needles: readonly Buffer[];
  readonly #table = new Uint8Array(TABLE);
  /** How far apart the places are. */
  readonly #stride: number;
  readonly #longest: number;

  constructor(texts: readonly string[]) {
    this.#needles = texts.map((text) => Buffer.from(text));
    const lengths = this.#needles.map(({ length }) => length);
    const shortest = Math.min(Number.MAX_SAFE_INTEGER, ...lengths);
    if (shortest < WINDOW) throw new RangeError('a secret of so few characters is found everywhere');
    this.#longest = Math.max(0, ...lengths);
    this.#stride = shortest - WINDOW + 1;
    for (const needle of this.#needles)
      for (let at = 0; at < this.#stride; at++) this.#table[hashOf(needle, at)] = 1;
  }

  in(text: Uint8Array): boolean {
    if (this.#needles.length === 0) return false;
    for (let at = this.#stride - 1; at + WINDOW <= text.length; at += this.#stride)
      if (this.#table[hashOf(text, at)] === 1 && this.#isAround(text, at)) return true;
    return false;
  }

  #isAround(text: Uint8Array, at: number): boolean {
    const around = Buffer.from(text.buffer, text.byteOffset, text.byteLength).subarray(
      Math.max(0, at - this.#longest),
      at + this.#longest,
    );
    return this.#needles.some((needle) => around.includes(needle));
  }
}
