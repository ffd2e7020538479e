import { reasons, type Reason } from '../api/reasons.ts';
import type { Exchange } from './http.ts';
import { ProviderError, type Outcome, type RetryClass } from './outcome.ts';

type Answer = Extract<Exchange, { kind: 'answer' }>;

/** How a provider says no. */
export interface Dialect {
  /** For messages: `Stytch`. */
  readonly name: string;
  /** The provider's own word for an error and its id of the request, as far as the body of an answer has them. */
  words(json: unknown): { readonly errorType?: string | undefined; readonly requestId?: string | undefined };
  /** What a word means, before the status is asked. `operation`: as it was given to `interpret`. */
  meaning(
    errorType: string | undefined,
    status: number,
    operation: string,
  ): readonly [Reason, RetryClass] | undefined;
  /** A word under which the rest of the operator knows it: `duplicate_client`, `credential_limit`. */
  alias?(errorType: string | undefined, status: number, operation: string): string | undefined;
  /** Only in these does the request say what the spec says: what refuses another one is not healed by a new spec. */
  readonly bearsTheSpec: readonly string[];
}

const word = /^[A-Za-z0-9_.-]{1,80}$/;
const id = /^[A-Za-z0-9_.:-]{1,100}$/;

const byStatus = (status: number): readonly [Reason, RetryClass] => {
  if (status === 401) return ['CredentialsInvalid', 'account'];
  if (status === 402) return ['PaymentRequired', 'later'];
  if (status === 403) return ['PermissionDenied', 'later'];
  if (status === 408 || status === 429) return ['RateLimited', 'soon'];
  if (status >= 500) return ['ProviderUnavailable', 'soon'];
  return ['RejectedByProvider', 'spec'];
};

/** Of a bounded alphabet, so that nothing of a body gets into a log or a status. */
export const wordsOf = (dialect: Dialect, json: unknown): ReturnType<Dialect['words']> => {
  const { errorType, requestId } = dialect.words(json);
  return {
    errorType: errorType !== undefined && word.test(errorType) ? errorType : undefined,
    requestId: requestId !== undefined && id.test(requestId) ? requestId : undefined,
  };
};

/** Whether it is the provider itself that says this: a gateway's own 404 must not read as "it is gone". */
export const saysIn = (
  dialect: Dialect,
  exchange: Exchange,
  status: number,
  words: readonly string[],
): boolean => {
  if (exchange.kind !== 'answer' || exchange.status !== status) return false;
  const { errorType } = wordsOf(dialect, exchange.json);
  return errorType !== undefined && words.includes(errorType);
};

const meaningOf = (
  dialect: Dialect,
  operation: string,
  status: number,
  type: string | undefined,
): readonly [Reason, RetryClass] => {
  const known = dialect.meaning(type, status, operation);
  if (known) return known;
  const [reason, retry] = byStatus(status);
  if (retry !== 'spec') return [reason, retry];
  // Providers name their errors: a 4xx without a name is a gateway's, and says nothing about the spec.
  if (type === undefined) return ['UnexpectedAnswer', 'soon'];
  return [reason, dialect.bearsTheSpec.includes(operation) ? 'spec' : 'later'];
};

const failure = (
  dialect: Dialect,
  operation: string,
  { status, json, retryAfterMs, requestId: sent }: Answer,
  [reason, retry]: readonly [Reason, RetryClass],
): ProviderError => {
  const { errorType, requestId = sent } = wordsOf(dialect, json);
  const what = errorType === undefined ? `HTTP ${status}` : `HTTP ${status} ${errorType}`;
  const then = reason === 'RejectedByProvider' && retry !== 'spec' ? undefined : reasons[reason].advice;
  return new ProviderError(`${dialect.name} ${operation}: ${what}${then ? `; ${then}` : ''}`, {
    reason,
    retry,
    status,
    errorType: dialect.alias?.(errorType, status, operation) ?? errorType,
    requestId,
    retryAfterMs,
  });
};

/**
 * What an exchange means. `write`: an answer that does not say whether the thing was done is unknown; for a read the
 * difference means nothing, and it is rejected. `read`: undefined where the body of a success is not what was asked for.
 */
export const interpret = <T>(
  dialect: Dialect,
  operation: string,
  exchange: Exchange,
  write: boolean,
  read: (json: unknown) => T | undefined,
): Outcome<T> => {
  if (exchange.kind === 'failure')
    return { kind: write && exchange.left ? 'unknown' : 'rejected', error: exchange.error };
  const { status, json } = exchange;
  if (status >= 200 && status < 300) {
    const value = read(json);
    const requestId = write ? (wordsOf(dialect, json).requestId ?? exchange.requestId) : undefined;
    if (value !== undefined) return { kind: 'ok', value, ...(requestId !== undefined && { requestId }) };
    // It may well have been done, and the answer was lost on the way (a proxy's page in front of it).
    return {
      kind: write ? 'unknown' : 'rejected',
      error: failure(dialect, operation, exchange, ['UnexpectedAnswer', 'soon']),
    };
  }
  if (status >= 300 && status < 400)
    return { kind: 'rejected', error: failure(dialect, operation, exchange, ['Redirected', 'later']) };
  const { errorType } = wordsOf(dialect, json);
  const error = failure(dialect, operation, exchange, meaningOf(dialect, operation, status, errorType));
  // A server error, ours or a proxy's, says nothing about whether the request was carried out.
  const ambiguous = write && (status >= 500 || status === 408);
  return { kind: ambiguous ? 'unknown' : 'rejected', error };
};
