import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret as interpretIn } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { errorAnswer } from './wire.ts';
import { ownValue } from '../../runtime/own.ts';

/**
 * `code` → what it means to us; the others are told by the status. Which status a payer that there is not has is not
 * documented: as 400 or 404 it is the spec's, as 403 it cannot be told from a key or an address that is not allowed.
 */
const byCode: Readonly<Record<string, readonly [Reason, RetryClass]>> = {
  AUTHORIZATION_ERROR: ['CredentialsInvalid', 'account'],
  FORBIDDEN_ERROR: ['PermissionDenied', 'later'],
  INTERNAL_SERVER_ERROR: ['ProviderUnavailable', 'soon'],
  SERVICE_UNAVAILABLE: ['ProviderUnavailable', 'soon'],
};

const dialect: Dialect = {
  name: 'Plastiq',
  words: (json) => {
    const parsed = errorAnswer.safeParse(json);
    return parsed.success ? { errorType: parsed.data.code, requestId: parsed.data.traceId } : {};
  },
  meaning: (code, status) => {
    const known = code === undefined ? undefined : ownValue(byCode, code);
    // Documented of payments alone: something else is under way, and no spec can change that.
    return known ?? (status === 409 ? ['RejectedByProvider', 'soon'] : undefined);
  },
  bearsTheSpec: ['issue'],
};

export const interpret = <T>(
  operation: string,
  exchange: Exchange,
  write: boolean,
  read: (json: unknown) => T | undefined,
): Outcome<T> => interpretIn(dialect, operation, exchange, write, read);
