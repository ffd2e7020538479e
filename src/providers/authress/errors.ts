import type { Reason } from '../../api/reasons.ts';
import type { Exchange } from '../http.ts';
import { type Dialect, interpret, wordsOf } from '../interpret.ts';
import type { Outcome, RetryClass } from '../outcome.ts';
import { credentialLimit } from '../provider.ts';

/** The calls, as messages name them. */
export type Operation =
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'release'
  | 'delete'
  | 'key request'
  | 'sixth key request'
  | 'key deletion'
  | 'proof'
  | 'key set'
  | 'token';

const word = /^[A-Za-z0-9_.-]{1,80}$/;

interface ErrorBody {
  readonly title?: unknown;
  readonly errorCode?: unknown;
  readonly errorId?: unknown;
  readonly status?: unknown;
  readonly type?: unknown;
}

/** For an error of Authress without a code. */
const UNNAMED = 'unnamed';

/**
 * All members of an error are optional, so an error of Authress is what has one of them. A title beside a status or a
 * type is no such: that is RFC 9457, as gateways answer.
 */
const errorTypeOf = ({ title, errorCode, errorId, status, type }: ErrorBody): string | undefined => {
  if (typeof errorCode === 'string') return word.test(errorCode) ? errorCode : UNNAMED;
  if (typeof errorId === 'string') return UNNAMED;
  return typeof title === 'string' && status === undefined && type === undefined ? UNNAMED : undefined;
};

const isObject = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/**
 * No word at all: no body, as the OpenAPI of Authress declares for 401, 403 and 404; no member; or a sentence alone, as
 * the infrastructure says it that Authress runs on. A page, or any text that is no JSON, is of something in front of it.
 */
const isWordless = (json: unknown): boolean =>
  isObject(json) ? Object.keys(json).every((key) => key.toLowerCase() === 'message') : json !== undefined;

const keyRequests: readonly Operation[] = ['key request', 'sixth key request'];

/** No codes are published (docs/providers/authress.md, wire facts): the status counts, and whether it is Authress that says it. */
const meaning = (
  errorType: string | undefined,
  status: number,
  operation: Operation,
): readonly [Reason, RetryClass] | undefined => {
  const open = operation === 'proof' || operation === 'key set' || operation === 'token';
  // Without the management credential nothing is said of it.
  if (status === 401 && open) return ['UnexpectedAnswer', 'soon'];
  // One key an hour for each client may be all that there is (the same): seconds are no use.
  if (status === 429 && keyRequests.includes(operation)) return ['RateLimited', 'later'];
  if (status !== 404 || errorType === undefined) return undefined;
  // The client is gone, or hidden from us: look again. Of the collection itself it is another path than the API's.
  return operation === 'list' || operation === 'create'
    ? ['UnexpectedAnswer', 'soon']
    : ['RejectedByProvider', 'soon'];
};

const refusesKey = (status: number): boolean =>
  status >= 400 && status < 500 && ![401, 402, 403, 404, 408, 429].includes(status);

const dialect = (gateway: boolean): Dialect => ({
  name: 'Authress',
  words: (json) => {
    const body: ErrorBody = isObject(json) ? json : {};
    const errorType = errorTypeOf(body) ?? (!gateway && isWordless(json) ? UNNAMED : undefined);
    return {
      errorType,
      ...(errorType !== undefined && typeof body.errorId === 'string' && { requestId: body.errorId }),
    };
  },
  meaning: (errorType, status, operation) => meaning(errorType, status, operation as Operation),
  // Nobody says how a key too many is refused: with five of them there, any refusal of the request itself is that.
  alias: (errorType, status, operation) =>
    operation === 'sixth key request' && errorType !== undefined && refusesKey(status)
      ? credentialLimit
      : undefined,
  bearsTheSpec: ['create', 'update'],
});

/**
 * What an answer means. Where a gateway logs in for us, only a word of Authress's own tells its answers from those of
 * the gateway. Where we log in ourselves nothing stands between, and the status of an answer without a word counts, as
 * it does for the official SDKs: a client that is gone would never be seen as gone otherwise.
 */
export class Answers {
  readonly #dialect: Dialect;

  constructor(gateway: boolean) {
    this.#dialect = dialect(gateway);
  }

  interpret<T>(
    operation: Operation,
    exchange: Exchange,
    write: boolean,
    read: (json: unknown) => T | undefined,
  ): Outcome<T> {
    return interpret(this.#dialect, operation, exchange, write, read);
  }

  /** Whether it is Authress itself that answers with this status: a gateway's own 404 must not read as "it is gone". */
  isOwn(exchange: Exchange, ...statuses: readonly number[]): boolean {
    return (
      exchange.kind === 'answer' &&
      statuses.includes(exchange.status) &&
      wordsOf(this.#dialect, exchange.json).errorType !== undefined
    );
  }
}
