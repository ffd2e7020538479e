import { OperatorError } from '../runtime/errors.ts';
import type { Reason } from '../api/reasons.ts';

/**
 * spec     not again before the spec changes: the request itself is wrong
 * later    minutes to hours: a person must change something at the provider
 * soon     seconds: it heals by itself, and the whole account slows down meanwhile
 * account  the management credential is refused: the account stops
 */
export type RetryClass = 'spec' | 'later' | 'soon' | 'account';

/** What a provider did not do, in words of our own: its body is never repeated. */
export class ProviderError extends OperatorError {
  readonly reason: Reason;
  readonly retry: RetryClass;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The provider's own word for it, of a bounded alphabet. */
  readonly errorType: string | undefined;
  /** What the provider knows the request by: its own word for it, or the one that we sent. */
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** We ourselves kept the request back: it says nothing of the provider. */
  readonly withheld: boolean;

  constructor(
    message: string,
    facts: {
      readonly reason: Reason;
      readonly retry: RetryClass;
      readonly status: number;
      readonly errorType?: string | undefined;
      readonly requestId?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly withheld?: boolean | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(
      `MCO_PROVIDER_${facts.reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`,
      message,
      options,
    );
    this.reason = facts.reason;
    this.retry = facts.retry;
    this.status = facts.status;
    this.errorType = facts.errorType;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
    this.withheld = facts.withheld === true;
  }
}

/**
 * ok        the provider did it
 * rejected  it did not, or the request never left: it may be tried again
 * unknown   the request left and no definite answer came: it may have been done, or may still be.
 *           Wait until it is settled, look, and never repeat it blindly.
 */
export type Outcome<T> =
  | {
      readonly kind: 'ok';
      readonly value: T;
      /** Of a write, where the provider knows it by one: to be quoted to its support. */
      readonly requestId?: string | undefined;
    }
  | { readonly kind: 'rejected'; readonly error: ProviderError }
  | { readonly kind: 'unknown'; readonly error: ProviderError };

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value });

/** That it was done, where what came with it does not matter. */
export const withoutValue = (outcome: Outcome<unknown>): Outcome<void> =>
  outcome.kind === 'ok' ? { ...outcome, value: undefined } : outcome;
