/**
 * How many requests may be under way at one time: half as many each time that the other side is overwhelmed, and one
 * more for each round of answers, up to what is allowed (additive increase, multiplicative decrease: RFC 5681, 3.1).
 * What fails together was sent together, so it is one cut.
 */
export class AdaptiveConcurrency {
  #most: number;
  #size: number;
  /** Monotonic time, milliseconds. */
  #cutAt = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** 1 or more. */
  get slots(): number {
    return Math.floor(this.#size);
  }

  setMost(most: number): void {
    // Who allows more does not mean that the other side bears it, unless it has borne all until now.
    this.#size = this.#size === this.#most ? most : Math.min(this.#size, most);
    this.#most = most;
  }

  answered(): void {
    this.#size = Math.min(this.#most, this.#size + 1 / this.slots);
  }

  /** `roundTripMs`: what a request takes. */
  overwhelmed(now: number, roundTripMs: number): void {
    if (now - this.#cutAt < roundTripMs) return;
    this.#cutAt = now;
    this.#size = Math.max(1, this.#size / 2);
  }
}
