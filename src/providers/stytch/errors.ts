import type { Exchange } from '../http.ts';
import type { Reason } from '../../api/reasons.ts';
import { ProviderError, type Outcome, type RetryClass } from '../outcome.ts';
import { duplicateClient } from '../provider.ts';
import { errorAnswer } from './wire.ts';

type Answer = Extract<Exchange, { kind: 'answer' }>;

const word = /^[a-z0-9_]{1,80}$/;
const id = /^[A-Za-z0-9-]{1,100}$/;

/** `error_type` → what it means to us. Branch on it first, on the HTTP status second (provider notes, section 8). */
const byType: Readonly<Record<string, readonly [Reason, RetryClass]>> = {
  unauthorized_credentials: ['CredentialsInvalid', 'account'],
  unauthorized_project_id_live: ['CredentialsInvalid', 'account'],
  unauthorized_project_id_test: ['CredentialsInvalid', 'account'],
  too_many_requests: ['RateLimited', 'soon'],
  too_many_m2m_clients_for_billing_tier: ['PaymentRequired', 'later'],
  internal_server_error: ['ProviderUnavailable', 'soon'],
  // A state of the client that our view did not show: look again, then decide again.
  m2m_client_already_rotating_secret: ['RejectedByProvider', 'soon'],
  m2m_client_not_rotating_secret: ['RejectedByProvider', 'soon'],
  m2m_client_not_found: ['RejectedByProvider', 'soon'],
  duplicate_m2m_client_id: ['RejectedByProvider', 'soon'],
};

/** Only in these does the request say what the spec says: what refuses another one is not healed by a new spec. */
const bearsTheSpec: readonly string[] = ['create', 'update'];

const byStatus = (status: number): readonly [Reason, RetryClass] => {
  if (status === 401) return ['CredentialsInvalid', 'account'];
  if (status === 402) return ['PaymentRequired', 'later'];
  if (status === 403) return ['PermissionDenied', 'later'];
  if (status === 408 || status === 429) return ['RateLimited', 'soon'];
  if (status >= 500) return ['ProviderUnavailable', 'soon'];
  return ['RejectedByProvider', 'spec'];
};

export const errorTypeOf = (answer: Answer): string | undefined => {
  const parsed = errorAnswer.safeParse(answer.json);
  const type = parsed.success ? (parsed.data.error_type ?? parsed.data.error) : undefined;
  return type !== undefined && word.test(type) ? type : undefined;
};

const requestIdOf = (answer: Answer): string | undefined => {
  const parsed = errorAnswer.safeParse(answer.json);
  const value = parsed.success ? parsed.data.request_id : undefined;
  return value !== undefined && id.test(value) ? value : undefined;
};

const advice: Partial<Record<Reason, string>> = {
  RejectedByProvider: 'change the spec',
  CredentialsInvalid: 'check the management credential of the provider object',
  PermissionDenied: 'check what the management credential may do',
  PaymentRequired: 'the plan of the account must allow more',
  Redirected: 'redirects are not followed: set baseUrl to where the API is',
  UnexpectedAnswer: 'check that baseUrl is the API, not a page in front of it',
};

const fail = (operation: string, answer: Answer, reason: Reason, retry: RetryClass): ProviderError => {
  const errorType = errorTypeOf(answer);
  const what = errorType === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status} ${errorType}`;
  const then = reason === 'RejectedByProvider' && retry !== 'spec' ? undefined : advice[reason];
  return new ProviderError(`Stytch ${operation}: ${what}${then ? `; ${then}` : ''}`, {
    reason,
    retry,
    status: answer.status,
    errorType: errorType === 'duplicate_m2m_client_id' ? duplicateClient : errorType,
    requestId: requestIdOf(answer),
    retryAfterMs: answer.retryAfterMs,
  });
};

const byAnswer = (
  operation: string,
  status: number,
  type: string | undefined,
): readonly [Reason, RetryClass] => {
  const [reason, retry] = byStatus(status);
  if (retry !== 'spec') return [reason, retry];
  // Stytch names its errors: a 4xx without a name is a gateway's, and says nothing about the spec.
  if (type === undefined) return ['UnexpectedAnswer', 'soon'];
  return [reason, bearsTheSpec.includes(operation) ? 'spec' : 'later'];
};

/**
 * What an exchange means. `write`: an answer that does not say whether the thing was done is unknown; for a read the
 * difference means nothing, and it is rejected.
 */
export const interpret = <T>(
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
    if (value !== undefined) return { kind: 'ok', value };
    // It may well have been done, and the answer was lost on the way (a proxy's page in front of it).
    return {
      kind: write ? 'unknown' : 'rejected',
      error: fail(operation, exchange, 'UnexpectedAnswer', 'soon'),
    };
  }
  if (status >= 300 && status < 400)
    return { kind: 'rejected', error: fail(operation, exchange, 'Redirected', 'later') };
  const type = errorTypeOf(exchange);
  const [reason, retry] =
    (type !== undefined ? byType[type] : undefined) ?? byAnswer(operation, status, type);
  const error = fail(operation, exchange, reason, retry);
  // A server error, ours or a proxy's, says nothing about whether the request was carried out.
  const ambiguous = write && (status >= 500 || status === 408);
  return { kind: ambiguous ? 'unknown' : 'rejected', error };
};
