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
  /** What was looked at, and what happened that is nobody's fault: how much the checks had to do. */
  readonly counts = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  violation(invariant: string, text: string): void {
    this.violations.push({ invariant, text, at: this.#now() });
  }

  limit(letter: Letter): void {
    this.limits.set(letter, (this.limits.get(letter) ?? 0) + 1);
  }

  /** Wrong, but for a limit of the protocol. */
  excusable(letter: Letter | undefined, invariant: string, text: string): void {
    if (letter) this.limit(letter);
    else this.violation(invariant, text);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
