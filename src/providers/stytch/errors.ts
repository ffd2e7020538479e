import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret as interpretIn, wordsOf } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { duplicateClient } from '../provider.ts';
import { errorAnswer } from './wire.ts';
import { ownValue } from '../../runtime/own.ts';

/** `error_type` → what it means to us. Branch on it first, on the HTTP status second (docs/providers/stytch.md, wire facts). */
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

const dialect: Dialect = {
  name: 'Stytch',
  words: (json) => {
    const parsed = errorAnswer.safeParse(json);
    return parsed.success
      ? { errorType: parsed.data.error_type ?? parsed.data.error, requestId: parsed.data.request_id }
      : {};
  },
  meaning: (errorType) => (errorType === undefined ? undefined : ownValue(byType, errorType)),
  alias: (errorType) => (errorType === 'duplicate_m2m_client_id' ? duplicateClient : undefined),
  bearsTheSpec: ['create', 'update'],
};

export const errorTypeOf = (answer: Extract<Exchange, { kind: 'answer' }>): string | undefined =>
  wordsOf(dialect, answer.json).errorType;

export const interpret = <T>(
  operation: string,
  exchange: Exchange,
  write: boolean,
  read: (json: unknown) => T | undefined,
): Outcome<T> => interpretIn(dialect, operation, exchange, write, read);
