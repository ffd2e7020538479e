import { setTimeout as sleep } from 'node:timers/promises';

/** What takes longer does not come. A machine that does much else makes an operator slow, which is no failure of either. */
const PATIENCE_MS = 60_000;

/** Asks until there is an answer; after `timeoutMs` an error that says what was waited for and what was there. */
export const until = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: {
    readonly timeoutMs?: number;
    readonly everyMs?: number;
    readonly explain?: () => Promise<string> | string;
    /** Aborted, it rejects at once. */
    readonly signal?: AbortSignal;
  } = {},
): Promise<T> => {
  const deadline = performance.now() + (options.timeoutMs ?? PATIENCE_MS);
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const explanation = options.explain ? `\n${await options.explain()}` : '';
      throw new Error(`waited in vain for: ${what}${explanation}`, { cause: last });
    }
    await sleep(options.everyMs ?? 50, undefined, options.signal && { signal: options.signal });
  }
};
