import type { Clock } from '../runtime/clock.ts';

/** Calls `fire` when `heard` has not been called for `ms`. */
export const onSilence = (clock: Clock, ms: number, fire: () => void): { heard(): void } & Disposable => {
  let heardAt = clock.monotonic();
  const check = (): void => {
    const left = heardAt + ms - clock.monotonic();
    if (left > 0) timer = clock.timer(left, check);
    else fire();
  };
  let timer = clock.timer(ms, check);
  return {
    heard: () => {
      heardAt = clock.monotonic();
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
};
