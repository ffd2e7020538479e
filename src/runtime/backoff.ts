/** Delays between tries: `firstMs` after the first failure, doubling, never above `mostMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** The ceiling after `failures` failures in a row (1 or more), without randomness. */
export const exponential = ({ firstMs, mostMs }: Backoff, failures: number): number =>
  // 2 ** 1024 is Infinity, which `min` handles; a negative count would make a delay below the first.
  Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));

/**
 * Anywhere between nothing and the ceiling: of all jitters the one that spreads a crowd best. For the many that
 * failed together.
 */
export const fullJitter = (backoff: Backoff, failures: number, random: () => number): number =>
  random() * exponential(backoff, failures);

/** Between half of the ceiling and the ceiling: for the one that must not come back at once. */
export const equalJitter = (backoff: Backoff, failures: number, random: () => number): number =>
  exponential(backoff, failures) * (0.5 + random() / 2);

/**
 * Between the first delay and three times the delay before (0 at the start): spreads those that were cut off
 * together, and keeps no count.
 */
export const decorrelatedJitter = (
  { firstMs, mostMs }: Backoff,
  previousMs: number,
  random: () => number,
): number => Math.min(mostMs, firstMs + random() * (Math.max(previousMs, firstMs) * 3 - firstMs));
