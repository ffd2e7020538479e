import type { Reply } from '../provider.ts';

/** What the server says, to the letter; `%s` is the name that it is about. */
const said = {
  sealed: { status: 503, text: 'Vault is sealed' },
  permission_denied: { status: 403, text: '1 error occurred:\n\t* permission denied\n\n' },
  invalid_token: { status: 403, text: '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n' },
  no_handler: { status: 404, text: 'no handler for route "%s". route entry not found.' },
  unsupported_operation: { status: 405, text: '1 error occurred:\n\t* unsupported operation\n\n' },
  role_id_in_use: { status: 500, text: '1 error occurred:\n\t* role_id already in use\n\n' },
  role_not_found: { status: 404, text: 'role "%s" does not exist' },
  accessor_not_found: {
    status: 500,
    text: '1 error occurred:\n\t* failed to find accessor entry for secret_id_accessor: "%s"\n\n',
  },
  already_registered: {
    status: 500,
    text: '1 error occurred:\n\t* failed to store secret_id: SecretID is already registered\n\n',
  },
  invalid_login: { status: 400, text: 'invalid role or secret ID' },
  bad_key: {
    status: 500,
    text: 'invalid alias metadata: failed to load metadata pair ("%s"): key contains invalid characters',
  },
  invalid_role: { status: 400, text: 'invalid role name "%s"' },
  audience_refused: {
    status: 403,
    text: 'invalid audience (aud) claim: audience claim does not match any expected audience',
  },
  missing_role_id: { status: 500, text: 'failed to determine alias name from login request' },
  missing_secret_id: { status: 400, text: 'missing secret_id' },
  bad_cidr: {
    status: 400,
    text: 'source address "%s" unauthorized by CIDR restrictions on the role: %!w(<nil>)',
  },
  ttl_order: { status: 400, text: "'token_ttl' cannot be greater than 'token_max_ttl'" },
  bad_metadata: { status: 400, text: 'failed to parse metadata' },
  bad_body: { status: 400, text: 'failed to parse JSON input' },
} as const;
export type VaultWord = keyof typeof said;

/** A refusal by Vault. */
export class VaultFailure extends Error {
  readonly word: VaultWord;
  readonly status: number;

  constructor(word: VaultWord, about = '', status: number = said[word].status) {
    super(said[word].text.replace('%s', about));
    this.name = 'VaultFailure';
    this.word = word;
    this.status = status;
  }
}

/** Nothing is there, and nothing is said. */
export const nothing: Reply = { status: 404, body: { errors: [] } };

export const errorReply = (status: number, message: string): Reply => ({
  status,
  body: { errors: [message] },
});

/** An error within an answer, as some paths have it. */
export const dataErrorReply = (status: number, message: string): Reply => ({
  status,
  body: { request_id: '', lease_id: '', renewable: false, lease_duration: 0, data: { error: message } },
});

const byStatus: Readonly<Record<number, string>> = {
  400: 'invalid request',
  401: 'unauthorized',
  403: said.permission_denied.text,
  404: 'not found',
  429: 'request path "auth": rate limit quota exceeded',
  500: 'internal error',
  503: said.sealed.text,
};

/** What a fault of this status says where nothing else is asked for. */
export const textOf = (status: number): string => byStatus[status] ?? `status ${status}`;
