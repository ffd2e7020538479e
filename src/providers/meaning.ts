import type { Reason } from '../api/reasons.ts';
import type { ProviderError, RetryClass } from './outcome.ts';

/**
 * What an answer means for the whole account, whoever asked.
 *
 *   answers    it is there, and has answered: this is the caller's own trouble
 *   throttles  it is asked too often: everybody slows down
 *   fails      it did not answer as an account does: one of them is weather, several open the breaker
 *   stops      nothing can be done with it before this is over
 *   nothing    it was not asked at all
 */
export type Meaning = 'answers' | 'throttles' | 'fails' | 'stops' | 'nothing';

type Row = { readonly otherwise: Meaning } & { readonly [R in Reason]?: Meaning };

/** By when it may be tried again, and then by its reason. */
const meanings: Readonly<Record<RetryClass, Row>> = {
  account: { otherwise: 'stops' },
  soon: {
    otherwise: 'fails',
    RateLimited: 'throttles',
    // It has understood the request, and says that it may be taken a moment later.
    RejectedByProvider: 'answers',
  },
  // `RateLimited` is among these: one client's own limit (a key an hour) says nothing of the account.
  later: { otherwise: 'answers', Redirected: 'stops' },
  spec: { otherwise: 'answers', Redirected: 'stops' },
};

export const meaningOf = ({ retry, reason, withheld }: ProviderError): Meaning => {
  // A slow API server made it too late for its fence: it never left.
  if (withheld) return 'nothing';
  const row = meanings[retry];
  return row[reason] ?? row.otherwise;
};
