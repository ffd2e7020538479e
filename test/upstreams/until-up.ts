import type { Child } from '../control-plane/child.ts';
import { until } from '../helpers/until.ts';

/**
 * Asks until there is an answer.
 *
 * @throws Error with the last lines of the child's log: it has ended, or there is no answer after `timeoutMs`.
 */
export const untilUp = async <T>(
  what: string,
  child: Child,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> => {
  const decided = new AbortController();
  const explain = (): string => child.lastLogLines();
  try {
    const answer = until(what, ask, { timeoutMs, explain, signal: decided.signal });
    return await Promise.race([answer, child.died]);
  } finally {
    decided.abort();
  }
};
