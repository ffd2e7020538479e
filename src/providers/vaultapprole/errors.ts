import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret as interpretIn, saysIn } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { ownValue } from '../../runtime/own.ts';
import { errorAnswer } from './wire.ts';

/** The calls, as messages name them. */
export type Operation =
  | 'list'
  | 'get'
  | 'role id'
  | 'secret ids'
  | 'secret id lookup'
  | 'create'
  | 'update'
  | 'delete'
  | 'secret id request'
  | 'secret id deletion'
  | 'login'
  | 'management login'
  | 'token lookup'
  | 'token revocation';

/**
 * Vault says errors in sentences, which are never repeated: this is what they are known by. The first one that is in one of
 * them counts. A refusal for a bad token holds the words of one for a right that is not there.
 */
const sentences: readonly (readonly [word: string, said: RegExp])[] = [
  ['invalid_token', /invalid token|bad token/i],
  ['permission_denied', /permission denied/i],
  ['sealed', /vault is sealed/i],
  ['no_handler', /no handler for route|unsupported path|route entry not found/i],
  ['role_id_in_use', /role_id already in use/i],
  ['already_registered', /already registered/i],
  ['accessor_not_found', /failed to find accessor entry/i],
  ['role_not_found', /\brole\b.*\bdoes not exist/is],
  // The secret id is looked at before the address: whoever hears of that had a good one.
  ['address_refused', /source address .* unauthorized/is],
  // The Kubernetes method: its role, whom the token is for, and whose it is.
  ['invalid_role', /invalid role name/i],
  ['audience_refused', /audience claim does not match/i],
  ['account_refused', /(?:name|namespace) not authorized/i],
  ['invalid_login', /invalid role or secret id|invalid secret_id|missing role_id|missing secret_id/i],
];

/** For an error of Vault that is none of these. */
const UNNAMED = 'unnamed';
/** Nothing is there, and nothing is said: `{"errors":[]}`. */
const NOTHING = 'nothing_there';

const wordOf = (json: unknown): string | undefined => {
  if (typeof json !== 'object' || json === null) return undefined;
  const parsed = errorAnswer.safeParse(json);
  const { errors, data } = parsed.data ?? {};
  const said = errors ?? (data?.error === undefined ? undefined : [data.error]);
  if (said === undefined) return undefined;
  if (said.length === 0) return NOTHING;
  return sentences.find(([, pattern]) => said.some((text) => pattern.test(text)))?.[0] ?? UNNAMED;
};

/** What a login of the operator itself is refused with, by AppRole and by Kubernetes. */
const ofLogins: readonly string[] = [
  'invalid_login',
  'invalid_role',
  'audience_refused',
  'account_refused',
  'permission_denied',
];

/** What a word means, whatever the status. */
const byWord: Readonly<Record<string, readonly [Reason, RetryClass]>> = {
  invalid_token: ['CredentialsInvalid', 'account'],
  permission_denied: ['PermissionDenied', 'later'],
  sealed: ['ProviderUnavailable', 'soon'],
  // The mount or the namespace is not there, or something in front of Vault knows no such path.
  no_handler: ['UnexpectedAnswer', 'soon'],
  role_not_found: ['RejectedByProvider', 'soon'],
  accessor_not_found: ['RejectedByProvider', 'soon'],
};

const dialect: Dialect = {
  name: 'Vault',
  words: (json) => ({ errorType: wordOf(json) }),
  meaning: (word, status, operation) => {
    if (operation === 'management login' && word !== undefined && ofLogins.includes(word))
      return ['CredentialsInvalid', 'account'];
    const known = word === undefined ? undefined : ownValue(byWord, word);
    if (known) return known;
    // Nothing is there, where something was: look again.
    return status === 404 && word === NOTHING ? ['RejectedByProvider', 'soon'] : undefined;
  },
  bearsTheSpec: ['create', 'update'],
};

export const interpret = <T>(
  operation: Operation,
  exchange: Exchange,
  write: boolean,
  read: (json: unknown) => T | undefined,
): Outcome<T> => interpretIn(dialect, operation, exchange, write, read);

export const says = (exchange: Exchange, status: number, ...words: readonly string[]): boolean =>
  saysIn(dialect, exchange, status, words);

/**
 * There is none: of a role, and of whatever a list is asked for. That the role is gone is said with 404 where a secret id is
 * asked for, and with 400 where they are listed.
 */
export const saysNothingThere = (exchange: Exchange): boolean =>
  says(exchange, 404, NOTHING, 'role_not_found') || says(exchange, 400, 'role_not_found');

/** Of a write that has no answer but its status: 204, or a page that is JSON. */
export const done = (operation: Operation, exchange: Exchange): Outcome<true> =>
  interpret(operation, exchange, true, (json) =>
    json === null || typeof json === 'object' ? true : undefined,
  );
