import type { Reply } from '../provider.ts';

/**
 * Every error type that the simulator answers with. Only 401 and 429 are documented statuses; the others are
 * assumptions, which the switch `errorStatus` overrides.
 */
export const errorTable = {
  unauthorized_credentials: { status: 401, message: 'Unauthorized credentials.' },
  unauthorized_project_id_live: { status: 401, message: 'The project is a live one.' },
  unauthorized_project_id_test: { status: 401, message: 'The project is a test one.' },
  forbidden: { status: 403, message: 'Forbidden.' },
  too_many_requests: { status: 429, message: 'Too many requests have been made.' },
  m2m_client_not_found: { status: 404, message: 'M2M client could not be found.' },
  duplicate_m2m_client_id: { status: 400, message: 'An M2M client with this client_id exists already.' },
  insecure_m2m_client_secret: { status: 400, message: 'The client_secret is not secure enough.' },
  m2m_client_invalid_client_secret: { status: 400, message: 'The client_secret is invalid.' },
  m2m_client_invalid_client_id: { status: 400, message: 'The client_id is invalid.' },
  m2m_client_invalid_client_name: { status: 400, message: 'The client_name is invalid.' },
  m2m_client_invalid_client_description: { status: 400, message: 'The client_description is invalid.' },
  m2m_client_invalid_status: { status: 400, message: 'The status is neither active nor inactive.' },
  invalid_m2m_client_scope: { status: 400, message: 'A scope is invalid.' },
  too_many_m2m_client_scopes: { status: 400, message: 'Too many scopes.' },
  too_many_m2m_clients_for_billing_tier: { status: 400, message: 'Too many M2M clients for the plan.' },
  m2m_client_already_rotating_secret: { status: 400, message: 'A secret rotation is in progress already.' },
  m2m_client_not_rotating_secret: { status: 400, message: 'No secret rotation is in progress.' },
  m2m_search_missing_filter_name: { status: 400, message: 'An operand has no filter_name.' },
  m2m_search_missing_filter_value: { status: 400, message: 'An operand has no filter_value.' },
  m2m_search_filter_name_must_be_string: { status: 400, message: 'A filter_name must be a string.' },
  m2m_search_filter_name_not_recognized: { status: 400, message: 'A filter_name is not recognized.' },
  m2m_search_expected_array_of_strings: {
    status: 400,
    message: 'A filter_value must be an array of strings.',
  },
  metadata_too_large: { status: 400, message: 'The metadata is larger than 4 KB.' },
  metadata_too_many_keys: { status: 400, message: 'The metadata has more than 20 keys.' },
  metadata_invalid_format: { status: 400, message: 'The metadata is not an object.' },
  bad_request: { status: 400, message: 'The request is malformed.' },
  route_not_found: { status: 404, message: 'The requested route was not found.' },
  method_not_allowed: { status: 405, message: 'The method is not allowed on this route.' },
  internal_server_error: { status: 500, message: 'Oops, something seems to have gone wrong.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

type StytchErrorType = keyof typeof errorTable;

export const errorTypes = Object.keys(errorTable) as StytchErrorType[];

/** A refusal by Stytch's management API. */
export class StytchFailure extends Error {
  readonly errorType: StytchErrorType;

  constructor(errorType: StytchErrorType) {
    super(errorTable[errorType].message);
    this.name = 'StytchFailure';
    this.errorType = errorType;
  }
}

const errorUrl = (status: number): string => `https://stytch.com/docs/api/errors/${status}`;

/** The error shape of the management API. */
export const managementError = (status: number, errorType: string, requestId: string): Reply => ({
  status,
  requestId,
  body: {
    status_code: status,
    request_id: requestId,
    error_type: errorType,
    error_message: Object.hasOwn(errorTable, errorType)
      ? errorTable[errorType as StytchErrorType].message
      : 'An error of this type.',
    error_url: errorUrl(status),
  },
});

/** The error shape of the token endpoint, with OAuth's names. */
export const tokenError = (status: number, error: string, requestId: string): Reply => ({
  status,
  requestId,
  body: {
    status_code: status,
    request_id: requestId,
    error,
    error_description: `The token request was refused: ${error}.`,
    error_uri: errorUrl(status),
  },
});

const typeByStatus: Readonly<Record<number, StytchErrorType>> = {
  401: 'unauthorized_credentials',
  403: 'forbidden',
  404: 'm2m_client_not_found',
  405: 'method_not_allowed',
  429: 'too_many_requests',
};

/** The error type that goes with a status when none is named. */
export const defaultErrorType = (status: number): StytchErrorType =>
  typeByStatus[status] ?? (status >= 500 ? 'internal_server_error' : 'bad_request');
