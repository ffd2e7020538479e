import type { Reply } from '../provider.ts';

/**
 * Every error that the simulator answers with. The service publishes no codes and documents 401, 403, 404 and (for
 * tokens) 400 only; the others are assumptions.
 */
const errorTable = {
  Unauthorized: { status: 401, title: 'The token is missing, invalid or expired.' },
  Forbidden: { status: 403, title: 'The caller may not do this.' },
  NotFound: { status: 404, title: 'There is no such resource, or the caller may not see it.' },
  InvalidRequest: { status: 400, title: 'The request is malformed.' },
  AccessKeyLimitReached: { status: 422, title: 'The client has as many access keys as it can have.' },
  ClientLimitReached: { status: 402, title: 'The plan of the account allows no more clients.' },
  TooManyRequests: { status: 429, title: 'Too many requests.' },
  InternalServerError: { status: 500, title: 'Something went wrong.' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

type AuthressErrorCode = keyof typeof errorTable;

/** A refusal by Authress. */
export class AuthressFailure extends Error {
  readonly errorCode: AuthressErrorCode;
  readonly status: number;
  /** Seconds, where the answer may name them. */
  readonly retryAfter: number | undefined;

  constructor(
    errorCode: AuthressErrorCode,
    facts: { readonly status?: number; readonly retryAfter?: number } = {},
  ) {
    super(errorTable[errorCode].title);
    this.name = 'AuthressFailure';
    this.errorCode = errorCode;
    this.status = facts.status ?? errorTable[errorCode].status;
    this.retryAfter = facts.retryAfter;
  }
}

const codeByStatus: Readonly<Record<number, AuthressErrorCode>> = {
  401: 'Unauthorized',
  402: 'ClientLimitReached',
  403: 'Forbidden',
  404: 'NotFound',
  429: 'TooManyRequests',
};

/** The code that goes with a status when none is named. */
export const defaultErrorCode = (status: number): AuthressErrorCode =>
  codeByStatus[status] ?? (status >= 500 ? 'InternalServerError' : 'InvalidRequest');

const titleOf = (errorCode: string): string =>
  Object.hasOwn(errorTable, errorCode) ? errorTable[errorCode as AuthressErrorCode].title : 'An error.';

/** An error in the shape of the service; all of its members are optional there. */
export const errorReply = (
  status: number,
  errorCode: string,
  errorId: string,
  members: readonly ('title' | 'errorCode' | 'errorId')[],
): Reply => {
  const all = { title: titleOf(errorCode), errorCode, errorId };
  return {
    status,
    requestId: errorId,
    headers: { 'content-type': 'application/links+json' },
    body: Object.fromEntries(members.map((member) => [member, all[member]])),
  };
};
