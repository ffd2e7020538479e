import * as z from 'zod';
import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret as interpretIn, wordsOf } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { credentialLimit } from '../provider.ts';
import { ownValue } from '../../runtime/own.ts';
import { listOf } from '../shapes.ts';

type Answer = Extract<Exchange, { kind: 'answer' }>;

/** For messages, and for what an error means: the same word may mean another thing in another call. */
export type Operation =
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'release'
  | 'delete'
  | 'add secret'
  | 'delete secret'
  | 'token'
  | 'management token'
  | 'keys';

/** `google.rpc.Status` in JSON, with Scalekit's own detail. */
const status = z.looseObject({
  code: z.int(),
  message: z.string().catch(''),
  details: z.array(z.unknown()).catch([]),
});
const errorInfo = z.looseObject({
  error_code: z.string(),
  request_info: z
    .looseObject({ request_id: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  validation_error_info: z
    .looseObject({ field_violations: listOf(z.looseObject({ field: z.string() })).catch([]) })
    .optional()
    .catch(undefined),
});
/** RFC 6749, section 5.2. */
const oauthError = z.looseObject({ error: z.string() });

/** https://grpc.io/docs/guides/status-codes */
const grpcNames: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  2: 'UNKNOWN',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  6: 'ALREADY_EXISTS',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  12: 'UNIMPLEMENTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
  16: 'UNAUTHENTICATED',
};

/** What is not there. `something`: the answer does not say what. */
const missing = {
  organization: 'organization_not_found',
  client: 'client_not_found',
  secret: 'secret_not_found',
  something: 'not_found',
} as const;
const missingWords: ReadonlySet<string | undefined> = new Set(Object.values(missing));

const subjectOf = (text: string): keyof typeof missing | undefined => {
  if (/secret/i.test(text)) return 'secret';
  if (/client/i.test(text)) return 'client';
  return /organi[sz]ation/i.test(text) ? 'organization' : undefined;
};

/** The gRPC code says that something is missing; the text, which is never repeated, says what. */
const missingIn = (
  { code, message }: z.output<typeof status>,
  info: z.output<typeof errorInfo> | undefined,
): string | undefined => {
  // An id whose form is refused is nobody's.
  const fields = (info?.validation_error_info?.field_violations ?? []).map(({ field }) => field);
  for (const subject of ['organization', 'client', 'secret'] as const)
    if (fields.includes(`${subject}_id`)) return missing[subject];
  if (code !== 5)
    return /\b(?:client|secret) not found\b/i.test(message)
      ? missing[subjectOf(message) ?? 'something']
      : undefined;
  const subject = subjectOf(`${message} ${info?.error_code ?? ''}`);
  if (subject) return missing[subject];
  return info ? missing.something : undefined;
};

const words: Dialect['words'] = (json) => {
  const parsed = status.safeParse(json);
  if (!parsed.success) return { errorType: oauthError.safeParse(json).data?.error };
  const { code, details } = parsed.data;
  const info = details.map((detail) => errorInfo.safeParse(detail).data).find((one) => one);
  const requestId = info?.request_info?.request_id;
  const absent = missingIn(parsed.data, info);
  if (absent !== undefined) return { errorType: absent, requestId };
  // Of a path or method that it does not know the gateway itself says no more than this.
  const isRouting = info === undefined && (code === 5 || code === 12);
  return { errorType: isRouting ? undefined : (info?.error_code ?? grpcNames[code]), requestId };
};

/** `error_code`, or the name of the gRPC code → what it means to us, whatever the HTTP status. */
const byWord: Readonly<Record<string, readonly [Reason, RetryClass]>> = {
  UNAUTHENTICATED: ['CredentialsInvalid', 'account'],
  RATE_LIMITED: ['RateLimited', 'soon'],
  // Somebody else wrote at the same time: look again, then decide again.
  ABORTED: ['RejectedByProvider', 'soon'],
  [missing.organization]: ['RejectedByProvider', 'later'],
  [missing.client]: ['RejectedByProvider', 'soon'],
  [missing.secret]: ['RejectedByProvider', 'soon'],
};

const meaning: Dialect['meaning'] = (word, status, operation) => {
  if (word === undefined) return undefined;
  if (
    operation === 'management token' &&
    (status === 400 || status === 401) &&
    /client|credential/i.test(word)
  )
    return ['CredentialsInvalid', 'account'];
  // These two name nothing but the organization.
  if (missingWords.has(word) && (operation === 'create' || operation === 'list'))
    return byWord[missing.organization];
  const known = ownValue(byWord, word);
  if (known) return known;
  // Nothing of the spec is in these: the client is not as our view showed it.
  const isState = status === 400 || status === 409 || status === 412 || status === 422;
  if (word === missing.something || (isState && operation.endsWith(' secret')))
    return ['RejectedByProvider', 'soon'];
  return undefined;
};

const dialect: Dialect = {
  name: 'Scalekit',
  words,
  meaning,
  // Nobody says how the sixth secret is refused. There is nothing else to refuse in that call: it has no body.
  alias: (word, status, operation) =>
    operation === 'add secret' &&
    word !== undefined &&
    !missingWords.has(word) &&
    (status === 400 || status === 409 || status === 412 || status === 422)
      ? credentialLimit
      : undefined,
  bearsTheSpec: ['create', 'update'],
};

const wordOf = (answer: Answer): string | undefined => wordsOf(dialect, answer.json).errorType;

/**
 * True only where the API itself says so: a proxy's 404, a gateway's for a path that it does not know, and an
 * organization that is not there must not read as "the client is gone".
 */
export const saysGone = (exchange: Exchange, what: 'client' | 'secret'): boolean => {
  if (exchange.kind !== 'answer' || exchange.status < 400) return false;
  const word = wordOf(exchange);
  if (word === missing.client || word === missing.something) return true;
  return what === 'secret' && word === missing.secret;
};

export const interpret = <T>(
  operation: Operation,
  exchange: Exchange,
  write: boolean,
  read: (json: unknown) => T | undefined,
): Outcome<T> => interpretIn(dialect, operation, exchange, write, read);
