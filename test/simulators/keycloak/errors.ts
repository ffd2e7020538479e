import type { Reply } from '../provider.ts';

/** What the server says, to the letter; `%s` is the name that it is about. */
const said = {
  unauthorized: { status: 401, body: { error: 'HTTP 401 Unauthorized' } },
  forbidden: { status: 403, body: { error: 'HTTP 403 Forbidden' } },
  no_path: { status: 404, body: { error: 'HTTP 404 Not Found' } },
  no_realm: { status: 404, body: { error: 'Realm not found.' } },
  no_client: { status: 404, body: { error: 'Could not find client' } },
  no_scope: { status: 404, body: { error: 'Client scope not found' } },
  no_rotated: { status: 404, body: { error: 'Client does not have a rotated secret' } },
  client_id_taken: { status: 409, body: { errorMessage: 'Client %s already exists' } },
  id_taken: { status: 409, body: { error: 'conflict', error_description: 'Duplicate resource error' } },
  scope_taken: { status: 409, body: { errorMessage: 'Client Scope %s already exists' } },
  bad_json: { status: 400, body: { error: 'invalid_request', error_description: 'Unable to parse JSON' } },
  unknown_field: {
    status: 400,
    body: {
      error:
        'Invalid json representation for ClientRepresentation. Unrecognized field "%s" at line 1 column 15.',
    },
  },
  not_searchable: {
    status: 400,
    body: { error: 'invalid_request', error_description: 'Attributes [%s] not allowed for search' },
  },
  mapper_taken: {
    status: 400,
    body: {
      error: 'invalid_input',
      error_description: "Cannot add protocol mapper '%s'. Protocol mapper name must be unique per protocol",
    },
  },
  too_long: {
    status: 500,
    body: { error: 'unknown_error', error_description: 'For more on this error consult the server log.' },
  },
  broken: {
    status: 500,
    body: { error: 'unknown_error', error_description: 'For more on this error consult the server log.' },
  },
  bad_secret: {
    status: 401,
    body: {
      error: 'unauthorized_client',
      error_description: 'Invalid client or Invalid client credentials',
    },
  },
  bad_client: {
    status: 401,
    body: { error: 'invalid_client', error_description: 'Invalid client or Invalid client credentials' },
  },
  no_service_account: {
    status: 401,
    body: {
      error: 'unauthorized_client',
      error_description: 'Client not enabled to retrieve service account',
    },
  },
  bad_method: {
    status: 401,
    body: {
      error: 'unauthorized_client',
      error_description: 'Invalid method used to get client secret. Allowed method: client_secret_basic',
    },
  },
  bad_grant: { status: 400, body: { error: 'unsupported_grant_type' } },
  bad_scope: { status: 400, body: { error: 'invalid_scope', error_description: 'Invalid scopes: %s' } },
  bad_assertion: { status: 400, body: { error: 'invalid_client', error_description: '%s' } },
} as const;
export type KeycloakWord = keyof typeof said;

/** A refusal by Keycloak. */
export class KeycloakFailure extends Error {
  readonly word: KeycloakWord;
  readonly reply: Reply;

  constructor(word: KeycloakWord, about = '') {
    super(`${word} ${about}`.trim());
    this.name = 'KeycloakFailure';
    this.word = word;
    const body = Object.entries(said[word].body).map(([key, text]) => [key, text.replace('%s', about)]);
    this.reply = { status: said[word].status, body: Object.fromEntries(body) as unknown };
  }
}

const texts: Readonly<Record<number, string>> = {
  400: 'HTTP 400 Bad Request',
  401: said.unauthorized.body.error,
  403: said.forbidden.body.error,
  404: said.no_path.body.error,
  429: 'HTTP 429 Too Many Requests',
  500: 'unknown_error',
  503: 'HTTP 503 Service Unavailable',
};

/** What a fault of this status says where nothing else is asked for. */
export const errorReply = (operation: string | undefined, status: number, errorType?: string): Reply => ({
  status,
  body:
    operation === 'token'
      ? { error: errorType ?? 'temporarily_unavailable', error_description: `HTTP ${status}` }
      : { error: (operation && errorType) ?? texts[status] ?? `HTTP ${status}` },
});
