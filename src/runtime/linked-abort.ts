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
