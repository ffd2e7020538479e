import { Budget, type Permit } from '../budget.ts';
import type { Limits } from '../request-limits.ts';
import { ManualClock } from '../manual-clock.ts';
import type { Lane } from '../work-queue.ts';

export const never = new AbortController().signal;
export const makeBudget = (limits: Partial<Limits> = {}, random: () => number = () => 0.5) => {
  const clock = new ManualClock();
  const budget = new Budget({ requestsPerMinute: 600, burst: 20, concurrency: 4, ...limits }, clock, random);
  return { clock, budget };
};
export const flush = async () => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};
/** Undefined where it is not its turn now. */
export const ask = (budget: Budget, lane: Lane, requests = 1): Permit | undefined =>
  budget.ask(lane, requests);
/** Takes and gives back at once. */
export const use = (budget: Budget, lane: Lane): boolean => {
  const permit = ask(budget, lane);
  permit?.release();
  return permit !== undefined;
};
