/** Seeded chance (mulberry32): each actor has dice of its own, so that one does not change what another throws. */
export class Dice {
  #state: number;

  constructor(seed: number, actor: string) {
    this.#state = seed >>> 0;
    for (const char of actor) this.#state = Math.imul(this.#state ^ char.charCodeAt(0), 0x9e3779b1) >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** True in this part of all throws. */
  chance(part: number): boolean {
    return this.next() < part;
  }

  pick<T>(among: readonly T[]): T {
    const picked = among[Math.floor(this.next() * among.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** One of several, each as often as its weight says. */
  weighted<T>(among: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * among.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of among) {
      left -= weight;
      if (left < 0) return value;
    }
    return this.pick(among)[1];
  }
}
