import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeMark } from '../../src/providers/mark.ts';
import type { ListWire } from '../../src/providers/testing/sample.ts';
import { installation } from './calls.ts';

/**
 * What a server may answer to do harm. An entry is one line of the table in docs/threat-model.md: what is tried, and how
 * it ends. A new one is tried on every call of every provider.
 */

/** How an answer ends, and the reason of the error; undefined: it is no error. */
export const answerEnds = {
  'refused before it is parsed': 'UnexpectedAnswer',
  'not believed': 'UnexpectedAnswer',
  'ended by the timeout': 'ProviderUnreachable',
  'counted as no answer': 'ProviderUnreachable',
  'not followed': 'Redirected',
  'asked again later': 'ProviderUnavailable',
  'left out of the list': undefined,
  'the sweep is given up': 'UnexpectedAnswer',
} as const;
type End = keyof typeof answerEnds;

interface Entry {
  readonly kind: 'answer' | 'page' | 'sweep';
  readonly name: string;
  readonly ends: End;
}

/** To any call, written to the socket once a request has come. */
export interface HostileAnswer extends Entry {
  readonly kind: 'answer';
  readonly answer: (socket: Socket) => void;
}

/** The text of a page of a list, with status 200. */
export interface HostilePage extends Entry {
  readonly kind: 'page';
  readonly page: (wire: ListWire) => string;
}

/** The pages of one sweep, from 1; each of them is well formed. */
export interface HostileSweep extends Entry {
  readonly kind: 'sweep';
  readonly page: (wire: ListWire, index: number) => string;
  /** It is made of what a page says of the next one. */
  readonly needsCursor?: true;
}

const MEBIBYTE = 1024 * 1024;
const PAGE_BYTES = 2 * MEBIBYTE;

const head = (status: string, fields: string): string => `HTTP/1.1 ${status}\r\n${fields}\r\n`;
const body = (text: string | Buffer, fields = '', status = '200 OK'): Buffer =>
  Buffer.concat([
    Buffer.from(
      head(status, `content-type: application/json\r\n${fields}content-length: ${text.length}\r\n`),
    ),
    Buffer.from(text),
  ]);
const says =
  (text: string | Buffer) =>
  (socket: Socket): void =>
    void socket.write(text);
/** Goes on until the other side has enough. */
const forEver =
  (first: string, again: string, everyMs = 0) =>
  (socket: Socket): void => {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), everyMs);
    socket.once('close', () => clearInterval(timer));
  };
const nested = (open: string, close: string, times: number): string =>
  open.repeat(times) + close.repeat(times);
const times = (text: string, bytes: number): string =>
  Array.from({ length: Math.floor(bytes / (text.length + 1)) - 16 }, () => text).join(',');

export const hostileAnswers: readonly HostileAnswer[] = [
  {
    kind: 'answer',
    name: 'a body without an end',
    ends: 'refused before it is parsed',
    answer: forEver(head('200 OK', 'transfer-encoding: chunked\r\n'), `10000\r\n${' '.repeat(65536)}\r\n`),
  },
  {
    kind: 'answer',
    name: 'a body of one gigabyte',
    ends: 'refused before it is parsed',
    answer: forEver(head('200 OK', 'content-length: 1000000000\r\n'), ' '.repeat(65536)),
  },
  {
    kind: 'answer',
    name: 'one byte more than an answer may have',
    ends: 'refused before it is parsed',
    answer: says(body(' '.repeat(PAGE_BYTES + 1))),
  },
  {
    kind: 'answer',
    name: 'lists in lists, 100,000 deep, and valid',
    ends: 'refused before it is parsed',
    answer: says(body(nested('[', ']', 100_000))),
  },
  {
    kind: 'answer',
    name: 'objects in objects, 30,000 deep, and valid',
    ends: 'refused before it is parsed',
    answer: says(body(`${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`)),
  },
  {
    kind: 'answer',
    name: 'one level deeper than an answer may be',
    ends: 'refused before it is parsed',
    answer: says(body(nested('[', ']', 65))),
  },
  {
    kind: 'answer',
    name: 'as many empty objects as fit',
    ends: 'refused before it is parsed',
    answer: says(body(`[${times('{}', PAGE_BYTES)}]`)),
  },
  { kind: 'answer', name: 'a page of HTML', ends: 'not believed', answer: says(body('<html>log in</html>')) },
  { kind: 'answer', name: 'half of a JSON text', ends: 'not believed', answer: says(body('{"client_id":')) },
  { kind: 'answer', name: 'a string without an end', ends: 'not believed', answer: says(body('{"a":"\\')) },
  {
    kind: 'answer',
    name: 'a gzip bomb',
    ends: 'not believed',
    answer: says(body(gzipSync(Buffer.alloc(64 * MEBIBYTE)), 'content-encoding: gzip\r\n')),
  },
  {
    kind: 'answer',
    name: 'bytes that are no UTF-8',
    ends: 'not believed',
    answer: says(body(Buffer.alloc(64, 0xff))),
  },
  {
    kind: 'answer',
    name: 'a redirect',
    ends: 'not followed',
    answer: says(body('{}', 'location: http://127.0.0.1:1/\r\n', '307 Temporary Redirect')),
  },
  {
    kind: 'answer',
    name: 'a server error with more than an answer may have',
    ends: 'asked again later',
    answer: says(body('x'.repeat(PAGE_BYTES + 1), '', '503 Service Unavailable')),
  },
  {
    kind: 'answer',
    name: 'a server error, nested',
    ends: 'asked again later',
    answer: says(body(nested('[', ']', 100_000), '', '500 Internal Server Error')),
  },
  { kind: 'answer', name: 'nothing', ends: 'ended by the timeout', answer: () => {} },
  {
    kind: 'answer',
    name: 'a head without an end',
    ends: 'ended by the timeout',
    answer: says('HTTP/1.1 200 OK\r\nx: '),
  },
  {
    kind: 'answer',
    name: 'a body that stops',
    ends: 'ended by the timeout',
    answer: says(`${head('200 OK', 'content-length: 10\r\n')}{`),
  },
  {
    kind: 'answer',
    name: 'a body of one byte at a time',
    ends: 'ended by the timeout',
    answer: forEver(head('200 OK', 'transfer-encoding: chunked\r\n'), '1\r\n \r\n', 20),
  },
  {
    kind: 'answer',
    name: '100 Continue for ever',
    ends: 'ended by the timeout',
    answer: forEver('', 'HTTP/1.1 103 Early Hints\r\n\r\n', 20),
  },
  {
    kind: 'answer',
    name: 'a head of one mebibyte',
    ends: 'counted as no answer',
    answer: says(head('200 OK', `x: ${'x'.repeat(MEBIBYTE)}\r\n`)),
  },
  {
    kind: 'answer',
    name: '10,000 fields',
    ends: 'counted as no answer',
    answer: says(head('200 OK', 'x: y\r\n'.repeat(10_000))),
  },
  {
    kind: 'answer',
    name: 'another protocol',
    ends: 'counted as no answer',
    answer: says('SSH-2.0-hello\r\n'),
  },
  {
    kind: 'answer',
    name: 'HTTP/0.9',
    ends: 'counted as no answer',
    answer: (socket) => socket.end('{"a":1}'),
  },
  {
    kind: 'answer',
    name: 'the end of the connection',
    ends: 'counted as no answer',
    answer: (socket) => socket.end(),
  },
  {
    kind: 'answer',
    name: 'a reset',
    ends: 'counted as no answer',
    answer: (socket) => socket.resetAndDestroy(),
  },
  {
    kind: 'answer',
    name: 'a reset in the middle',
    ends: 'counted as no answer',
    answer: (socket) =>
      socket.write(`${head('200 OK', 'content-length: 10\r\n')}{`, () => socket.resetAndDestroy()),
  },
  {
    kind: 'answer',
    name: 'a switch of protocols',
    ends: 'counted as no answer',
    answer: says(head('101 Switching Protocols', 'connection: upgrade\r\nupgrade: x\r\n')),
  },
];

const bad = (items: readonly unknown[]) => (wire: ListWire) =>
  wire.page(items.map((item) => JSON.stringify(item)).join(','));
const full = (item: string) => (wire: ListWire) =>
  wire.page(times(item.replace('ID', wire.idField), PAGE_BYTES));
const withId = (fields: object) => (wire: ListWire) =>
  wire.page(JSON.stringify({ [wire.idField]: 'client-1', status: 'active', ...fields }));
const mark = makeMark(installation, 'ns', 'app');

export const hostilePages: readonly HostilePage[] = [
  { kind: 'page', name: 'full of 0', ends: 'refused before it is parsed', page: full('0') },
  { kind: 'page', name: 'full of {}', ends: 'refused before it is parsed', page: full('{}') },
  {
    kind: 'page',
    name: 'full of clients whose id is a number',
    ends: 'refused before it is parsed',
    page: full('{"ID":1}'),
  },
  {
    kind: 'page',
    name: 'full of clients that are nothing but an id',
    ends: 'refused before it is parsed',
    page: full('{"ID":"x"}'),
  },
  {
    kind: 'page',
    name: 'one million lists in lists',
    ends: 'refused before it is parsed',
    page: (wire) => wire.page(nested('[', ']', 1_000_000)),
  },
  {
    kind: 'page',
    name: 'more clients than were asked for, as many as are parsed',
    ends: 'not believed',
    page: (wire) => wire.page(times('0', 180_000)),
  },
  { kind: 'page', name: 'no list', ends: 'not believed', page: () => '{"m2m_clients":{},"clients":"x"}' },
  {
    kind: 'page',
    name: 'one hundred items that are no clients',
    ends: 'left out of the list',
    page: bad(Array.from({ length: 100 }, (_, index) => [0, null, {}, 'x', []][index % 5])),
  },
  {
    kind: 'page',
    name: 'a client with 90,000 scopes that are none',
    ends: 'left out of the list',
    page: withId({ scopes: Array.from({ length: 90_000 }, () => 0), verificationKeys: [0], secrets: [0] }),
  },
  {
    kind: 'page',
    name: 'a client with 60,000 credentials that are none',
    ends: 'left out of the list',
    page: withId({
      scopes: [0],
      verificationKeys: Array.from({ length: 30_000 }, () => 0),
      secrets: Array.from({ length: 30_000 }, () => ({})),
    }),
  },
];

export const hostileSweeps: readonly HostileSweep[] = [
  {
    kind: 'sweep',
    name: 'a cursor that leads to itself',
    ends: 'the sweep is given up',
    needsCursor: true,
    page: (wire) => wire.page('', 'again'),
  },
  {
    kind: 'sweep',
    name: 'two cursors that lead to each other',
    ends: 'the sweep is given up',
    needsCursor: true,
    page: (wire, index) => wire.page('', index % 2 === 0 ? 'a' : 'b'),
  },
  {
    kind: 'sweep',
    name: 'ever new cursors',
    ends: 'the sweep is given up',
    needsCursor: true,
    page: (wire, index) => wire.page('', `page-${index}`),
  },
  {
    kind: 'sweep',
    name: 'ever more clients with our marker',
    ends: 'the sweep is given up',
    page: (wire, index) =>
      wire.page(
        Array.from({ length: 20 }, (_, item) =>
          JSON.stringify(
            wire.marked(`client-${index}-${item}`, makeMark(installation, 'ns', `app-${index}-${item}`)),
          ),
        ).join(','),
        `page-${index}`,
      ),
  },
  {
    kind: 'sweep',
    name: 'a client with our marker that is as large as a page',
    ends: 'the sweep is given up',
    page: (wire, index) =>
      wire.page(
        JSON.stringify(wire.marked(`client-${index}`, mark, 'x'.repeat(PAGE_BYTES - 2_000))),
        `page-${index}`,
      ),
  },
];
