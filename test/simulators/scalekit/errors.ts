import type { Reply } from '../provider.ts';

interface ErrorRow {
  readonly status: number;
  /** The gRPC status code. */
  readonly code: number;
  /** `error_code` of the ErrorInfo. */
  readonly errorCode: string;
  readonly message: string;
}

/**
 * Every refusal of the management API. Documented or seen are 401, the validation failure, 429, and of the others
 * the messages `client not found` and `last client cannot be deleted` (sic); the switch `errors` overrides the rest.
 */
export const errorTable = {
  unauthenticated: { status: 401, code: 16, errorCode: 'UNAUTHENTICATED', message: 'Token empty' },
  forbidden: { status: 403, code: 7, errorCode: 'PERMISSION_DENIED', message: 'permission denied' },
  invalidArgument: { status: 400, code: 3, errorCode: 'INVALID_ARGUMENT', message: 'Validation error' },
  unknownOrganization: { status: 404, code: 5, errorCode: 'NOT_FOUND', message: 'organization not found' },
  unknownClient: { status: 404, code: 5, errorCode: 'NOT_FOUND', message: 'client not found' },
  unknownSecret: { status: 404, code: 5, errorCode: 'NOT_FOUND', message: 'secret not found' },
  lastSecret: {
    status: 400,
    code: 3,
    errorCode: 'INVALID_ARGUMENT',
    message: 'last client cannot be deleted',
  },
  tooManySecrets: {
    status: 400,
    code: 9,
    errorCode: 'FAILED_PRECONDITION',
    message: 'client has the maximum number of secrets',
  },
  duplicateName: { status: 409, code: 6, errorCode: 'ALREADY_EXISTS', message: 'client already exists' },
} as const satisfies Record<string, ErrorRow>;

type ErrorKind = keyof typeof errorTable;
export const errorKinds = Object.keys(errorTable) as ErrorKind[];

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
  readonly constraint: string;
}

/** A refusal by Scalekit's management API. */
export class ScalekitFailure extends Error {
  readonly kind: ErrorKind;
  readonly violations: readonly FieldViolation[];

  constructor(kind: ErrorKind, violations: readonly FieldViolation[] = [], message?: string) {
    super(message ?? errorTable[kind].message);
    this.name = 'ScalekitFailure';
    this.kind = kind;
    this.violations = violations;
  }
}

const ERROR_INFO = 'type.googleapis.com/scalekit.v1.errdetails.ErrorInfo';

/** How much an error says beside its gRPC code and message. */
export type Detail = 'code' | 'code-and-request' | 'none';

/** google.rpc.Status in JSON, as the management API answers with it. */
export const statusError = (
  row: ErrorRow,
  detail: Detail,
  requestId: string,
  violations: readonly FieldViolation[] = [],
): Reply => {
  const info = {
    '@type': ERROR_INFO,
    error_code: row.errorCode,
    ...(detail === 'code-and-request' && {
      debug_info: { detail: 'a stack trace that nobody should repeat' },
      request_info: { request_id: requestId, serving_data: '' },
    }),
    ...(violations.length > 0 && { validation_error_info: { field_violations: violations } }),
  };
  return {
    status: row.status,
    body: { code: row.code, message: row.message, details: detail === 'none' ? [] : [info] },
    ...(detail === 'code-and-request' && { requestId }),
  };
};

/** What the gRPC gateway itself says of a path or method that it does not know: no ErrorInfo. */
export const routingError = (status: 404 | 405): Reply =>
  status === 404
    ? { status: 404, body: { code: 5, message: 'Not Found', details: [] } }
    : { status: 501, body: { code: 12, message: 'Method Not Allowed', details: [] } };

/** RFC 6749, section 5.2. */
export const oauthError = (status: number, error: string): Reply => ({
  status,
  body: { error, error_description: `The token request was refused: ${error}.` },
});

const rowByStatus: Readonly<Record<number, readonly [code: number, errorCode: string]>> = {
  401: [16, 'UNAUTHENTICATED'],
  403: [7, 'PERMISSION_DENIED'],
  404: [5, 'NOT_FOUND'],
  409: [6, 'ALREADY_EXISTS'],
  429: [8, 'RATE_LIMITED'],
  500: [13, 'INTERNAL'],
  501: [12, 'UNIMPLEMENTED'],
  503: [14, 'UNAVAILABLE'],
  504: [4, 'DEADLINE_EXCEEDED'],
};

/** An error that goes with a status when nothing more is known of it. */
export const rowOf = (status: number, errorCode: string | undefined): ErrorRow => {
  const [code, byDefault] = rowByStatus[status] ?? (status >= 500 ? [2, 'UNKNOWN'] : [3, 'INVALID_ARGUMENT']);
  const message = status === 404 ? errorTable.unknownClient.message : 'an error of this status';
  return { status, code, errorCode: errorCode ?? byDefault, message };
};

/** The OAuth word that goes with a status. */
export const oauthWordOf = (status: number): string => {
  if (status === 401) return 'invalid_client';
  if (status === 403) return 'access_denied';
  if (status === 429) return 'slow_down';
  return status >= 500 ? 'server_error' : 'invalid_request';
};
