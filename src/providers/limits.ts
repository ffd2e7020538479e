import type { Limits } from '../runtime/request-limits.ts';

/** Of a provider of which nobody knows better. */
export const usualLimits: Limits = { requestsPerMinute: 600, burst: 20, concurrency: 4 };

/** What the spec says of the budget, and the provider's own where it says nothing. */
export const limitsOf = (
  given: { readonly [K in keyof Limits]?: number | undefined } | undefined,
  own: Limits,
): Limits => ({
  requestsPerMinute: given?.requestsPerMinute ?? own.requestsPerMinute,
  burst: given?.burst ?? own.burst,
  concurrency: given?.concurrency ?? own.concurrency,
});
