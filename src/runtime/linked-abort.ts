import type { Clock } from './clock.ts';

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/**
 * A signal of its own that also fires when `parent` does, or after `timeoutMs`; disposing it removes every trace.
 *
 * Not `AbortSignal.any`: with a parent that lives as long as the process, Node keeps about 1 KB for each call
 * for ever (https://github.com/nodejs/node/issues/54614).
 */
export const linkAbort = (
  clock: Clock,
  parent: AbortSignal | undefined,
  timeoutMs?: number,
  timeoutReason: () => Error = () => new Error('timed out'),
): { readonly signal: AbortSignal; readonly abort: (reason: Error) => void } & Disposable => {
  const controller = new AbortController();
  const onParent = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) controller.abort(parent.reason);
  else parent?.addEventListener('abort', onParent, { once: true });
  const timer =
    timeoutMs === undefined ? undefined : clock.timer(timeoutMs, () => controller.abort(timeoutReason()));
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      parent?.removeEventListener('abort', onParent);
      timer?.[Symbol.dispose]();
    },
  };
};

/**
 * `work`, or as soon as the signal is aborted its reason as a rejection: undici lets a request that stands in a queue
 * outlive its signal. What `work` comes to after that is nobody's business.
 */
export const whileAlive = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
};
