/**
 * Memory that several may fill with what others send them: all together so much, and each of them a part of it. What is
 * counted is an estimate, and enough to end what would never end by itself.
 */
export class Allowance {
  readonly #mostOfOne: number;
  #left: number;

  /** Bytes of all together, and of each share. */
  constructor(total: number, mostOfOne: number) {
    this.#left = total;
    this.#mostOfOne = mostOfOne;
  }

  /** Disposing it gives back all that it took. */
  share(): Share {
    let taken = 0;
    return {
      take: (bytes) => {
        if (bytes > this.#left || taken + bytes > this.#mostOfOne) return false;
        taken += bytes;
        this.#left -= bytes;
        return true;
      },
      [Symbol.dispose]: () => {
        this.#left += taken;
        taken = 0;
      },
    };
  }
}

/** Of a heap, in bytes: two fifths of it for all lists, and two fifths of that for one. A sweep has two while it runs. */
export const listMemory = (heapBytes: number): Allowance => new Allowance(0.4 * heapBytes, 0.16 * heapBytes);

export interface Share extends Disposable {
  /** False: there is no room for it, and nothing was taken. */
  readonly take: (bytes: number) => boolean;
}

const OBJECT_BYTES = 48;
const MEMBER_BYTES = 16;

/** What JSON takes in memory, in bytes and about. Its depth must be bounded. */
export const weightOf = (value: unknown): number => {
  // A text with one character that is not Latin takes two bytes for each.
  if (typeof value === 'string') return MEMBER_BYTES + 2 * value.length;
  if (typeof value !== 'object' || value === null) return MEMBER_BYTES;
  let bytes = OBJECT_BYTES;
  if (Array.isArray(value)) for (const element of value as readonly unknown[]) bytes += weightOf(element);
  else for (const [key, member] of Object.entries(value)) bytes += 2 * key.length + weightOf(member);
  return bytes;
};
