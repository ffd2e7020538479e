import type { Reply } from '../provider.ts';
import type { PlastiqSwitches } from './switches.ts';

/** 402, 405, 409 and 429 are not in the published table: their codes are ours. */
const errorTable: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  400: { code: 'VALIDATION_ERROR', message: 'Validation error' },
  401: { code: 'AUTHORIZATION_ERROR', message: 'Authorization error' },
  402: { code: 'PAYMENT_REQUIRED_ERROR', message: 'Payment required' },
  403: { code: 'FORBIDDEN_ERROR', message: 'Forbidden' },
  404: { code: 'NOT_FOUND_ERROR', message: 'Not found' },
  405: { code: 'METHOD_NOT_ALLOWED_ERROR', message: 'Method not allowed' },
  409: { code: 'CONFLICT_ERROR', message: 'Conflict' },
  429: { code: 'TOO_MANY_REQUESTS_ERROR', message: 'Too many requests' },
  500: { code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' },
  503: { code: 'SERVICE_UNAVAILABLE', message: 'Service unavailable' },
};

const entryOf = (status: number) =>
  errorTable[status] ??
  (status >= 500
    ? { code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' }
    : { code: 'VALIDATION_ERROR', message: 'Validation error' });

/** A refusal by Plastiq. */
export class PlastiqFailure extends Error {
  readonly status: number;
  readonly details: readonly string[];

  constructor(status: number, ...details: readonly string[]) {
    super(entryOf(status).message);
    this.name = 'PlastiqFailure';
    this.status = status;
    this.details = details;
  }
}

export const errorReply = (
  { errorShape }: PlastiqSwitches,
  traceId: string,
  status: number,
  details: readonly string[] = [],
  code = entryOf(status).code,
): Reply => {
  const common = { code, message: entryOf(status).message };
  const list = details.map((text) => ({ details: text }));
  return {
    status,
    requestId: traceId,
    headers: { 'Trace-Id': traceId },
    body:
      errorShape === 'current'
        ? { ...common, details: list, statusCode: status, traceId }
        : { ...common, errors: list, traceId },
  };
};
