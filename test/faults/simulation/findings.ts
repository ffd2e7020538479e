/** The limits of the protocol (docs/protocol.md): no protocol removes them. */
export const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] as const;
export type Letter = (typeof letters)[number];

export interface Violation {
  readonly invariant: string;
  readonly text: string;
  /** World time. */
  readonly at: number;
}

/** What was found in one schedule. */
export class Findings {
  readonly #now: () => number;
  readonly violations: Violation[] = [];
  readonly limits = new Map<Letter, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  violation(invariant: string, text: string): void {
    this.violations.push({ invariant, text, at: this.#now() });
  }

  limit(letter: Letter): void {
    this.limits.set(letter, (this.limits.get(letter) ?? 0) + 1);
  }
}
