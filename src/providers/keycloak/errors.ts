import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret as interpretIn, saysIn } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { duplicateClient } from '../provider.ts';
import { ownValue } from '../../runtime/own.ts';
import { errorAnswer } from './wire.ts';

/** The calls, as messages name them. */
export type Operation =
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'release'
  | 'delete'
  | 'scopes'
  | 'scope change'
  | 'key set write'
  | 'secret write'
  | 'token'
  | 'management login';

/**
 * Keycloak says errors in words and in sentences, which are never repeated: this is what they are known by. The first one that is in
 * one of them counts.
 */
const sentences: readonly (readonly [word: string, said: RegExp])[] = [
  ['unauthorized', /^HTTP 401\b/],
  ['forbidden', /^HTTP 403\b/],
  ['no_path', /^HTTP 404\b/],
  ['no_realm', /^Realm (not found|does not exist)/],
  ['no_client', /^Could not find client$/],
  ['no_scope', /^Client scope not found$/],
  [duplicateClient, /^Client .* already exists$|^Duplicate resource error$/s],
  // Of an assertion that the key has signed well: the clock, or the address, is another one here than there.
  ['assertion_audience', /audience/i],
  ['assertion_time', /not active|expired|expiration|issued at|\biat\b|future|too (old|long)/i],
  ['assertion_reuse', /reuse/i],
  ['no_service_account', /not enabled to retrieve service account/i],
];
/** The key may be as good as any. */
const ofClient: readonly string[] = [
  'assertion_audience',
  'assertion_time',
  'assertion_reuse',
  'no_service_account',
];

/** For an error of Keycloak that is none of these. */
const UNNAMED = 'unnamed';
const word = /^[a-z_]{1,40}$/;

const wordOf = (json: unknown): string | undefined => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { error, error_description: description, errorMessage } = errorAnswer.safeParse(json).data ?? {};
  const said = [error, description, errorMessage].filter((one) => typeof one === 'string');
  if (said.length === 0) return undefined;
  const known = sentences.find(([, pattern]) => said.some((one) => pattern.test(one)))?.[0];
  return known ?? (error && word.test(error) ? error : UNNAMED);
};

/** What a word means, whatever the status. */
const byWord: Readonly<Record<string, readonly [Reason, RetryClass]>> = {
  unauthorized: ['CredentialsInvalid', 'account'],
  forbidden: ['PermissionDenied', 'later'],
  // Something in front of Keycloak, or another address than its own.
  no_path: ['UnexpectedAnswer', 'soon'],
  no_realm: ['UnexpectedAnswer', 'soon'],
  // It was there a moment ago.
  no_client: ['RejectedByProvider', 'soon'],
  no_scope: ['RejectedByProvider', 'soon'],
  [duplicateClient]: ['RejectedByProvider', 'soon'],
  assertion_audience: ['RejectedByProvider', 'later'],
  assertion_time: ['RejectedByProvider', 'later'],
  assertion_reuse: ['RejectedByProvider', 'soon'],
  no_service_account: ['RejectedByProvider', 'later'],
};
const refusesLogin = ['invalid_client', 'unauthorized_client'] as const;
const isRefusedLogin = (errorType: string): boolean =>
  (refusesLogin as readonly string[]).includes(errorType);

const dialect: Dialect = {
  name: 'Keycloak',
  words: (json) => ({ errorType: wordOf(json) }),
  meaning: (errorType, status, operation) => {
    // Without the management token nothing is said of it.
    if (operation === 'token' && status === 401 && !ofClient.includes(errorType ?? ''))
      return ['UnexpectedAnswer', 'soon'];
    // A server error may well say in a sentence why it broke.
    if (errorType === undefined || status >= 500) return undefined;
    if (operation === 'management login' && isRefusedLogin(errorType))
      return ['CredentialsInvalid', 'account'];
    return ownValue(byWord, errorType);
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

/** That whoever logs in is not taken for who he says (RFC 6749, section 5.2); what else goes wrong says nothing of a key. */
export const saysRefused = (exchange: Exchange): boolean =>
  says(exchange, 400, ...refusesLogin) || says(exchange, 401, ...refusesLogin);

/** Of a write that has no answer but its status. A page that is no JSON is of something in front of the API. */
export const done = (operation: Operation, exchange: Exchange): Outcome<true> =>
  interpret(operation, exchange, true, (json) => (json === null ? true : undefined));
