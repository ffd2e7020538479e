/**
 * All chance of a schedule comes from its seed. A thing that happens draws by its own name (`hash`), not from a stream
 * that others draw from too: so a step that is left out changes nothing about the chance of the rest.
 */

const mix = (value: number): number => {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** 32 bits of a seed and a name (FNV-1a, finished as MurmurHash3 does). */
export const hash = (seed: number, name: string): number => {
  let h = (0x811c9dc5 ^ mix(seed)) >>> 0;
  for (let at = 0; at < name.length; at++) h = Math.imul(h ^ name.charCodeAt(at), 0x01000193);
  return mix(h >>> 0);
};

/** A stream of chance with a name of its own. */
export class Chance {
  #state: number;

  constructor(seed: number, name: string) {
    this.#state = hash(seed, name);
  }

  /** From 0 to below 1 (mulberry32). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.whole(0, values.length - 1)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }

  bytes(size: number): Buffer {
    const buffer = Buffer.alloc(size);
    for (let at = 0; at < size; at++) buffer[at] = this.whole(0, 255);
    return buffer;
  }
}
