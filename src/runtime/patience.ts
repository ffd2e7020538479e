import type { Clock } from './clock.ts';

/** What is answered within `ms` is waited for on the spot; the rest of a longer wait is spent as `aside` says. */
export const patiently = async <T>(
  clock: Clock,
  ms: number,
  answer: Promise<T>,
  aside: <R>(wait: () => Promise<R>) => Promise<R>,
): Promise<T> => {
  const slow = Promise.withResolvers<'slow'>();
  using _timer = clock.timer(ms, () => slow.resolve('slow'));
  const first = await Promise.race([answer.then(() => 'answered' as const), slow.promise]);
  return first === 'slow' ? await aside(() => answer) : await answer;
};
