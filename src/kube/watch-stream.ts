import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import { membersOf, readObject } from '../runtime/skim.ts';
import { type Attempt, KubeError } from './errors.ts';
import type { RawObject } from './list-pager.ts';
import { asStatus, failureOfStatus } from './status.ts';

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: RawObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

const NEWLINE = 0x0a;
/** Parsing for longer than this at a time would be felt by the lease and the probes. */
const TURN_MS = 8;
/** etcd takes objects of 1.5 MB; a line far above that is not a watch event. */
const LONGEST_LINE = 32 * 1024 * 1024;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * Reads a watch to its end, event by event, in order.
 *
 * Lines are split as bytes: a string splitter takes U+2028 inside of a value for the end of a line. An ERROR event, a
 * line that is no event and a broken connection are all KubeErrors; what came before them has been handed over, and
 * half a line is dropped, for the watch goes on from the last whole one.
 */
export const readWatch = async (
  chunks: AsyncIterable<Uint8Array>,
  attempt: Attempt,
  clock: Clock,
  on: { readonly event: (event: WatchEvent) => void; readonly chunk: () => void },
): Promise<void> => {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  let turnBegan = clock.monotonic();
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, begin)) {
      const piece = chunk.subarray(begin, end);
      const line = restLength === 0 ? piece : Buffer.concat([...rest, piece]);
      rest = [];
      restLength = 0;
      begin = end + 1;
      if (!isBlank(line)) on.event(parseEvent(line, attempt));
      if (clock.monotonic() - turnBegan >= TURN_MS) {
        await setImmediate();
        turnBegan = clock.monotonic();
      }
    }
    if (begin < chunk.length) {
      rest.push(chunk.subarray(begin));
      restLength += chunk.length - begin;
      if (restLength > LONGEST_LINE) throw badAnswer(attempt);
    }
    on.chunk();
  }
};

const badAnswer = (attempt: Attempt): KubeError =>
  new KubeError(attempt, { status: 0, reason: 'BadAnswer', outcome: 'rejected' });

interface WireEvent {
  readonly type?: unknown;
  readonly object?: RawObject | null;
}

const isBlank = (line: Uint8Array): boolean => line.length < 4 && line.every((byte) => byte <= 0x20);

/** What stands around the object has a few dozen bytes. */
const readEvent = (line: Uint8Array, largestBytes = Number.POSITIVE_INFINITY): WireEvent | null => {
  if (line.length <= largestBytes) return readObject(line, largestBytes) as WireEvent | null;
  const members = Array.from(membersOf(line), ([key, bytes]) => [key, readObject(bytes, largestBytes)]);
  return Object.fromEntries(members) as WireEvent;
};

const parseEvent = (line: Uint8Array, attempt: Attempt): WatchEvent => {
  let event: WireEvent | null;
  try {
    event = readEvent(line, attempt.resource.largestBytes);
  } catch {
    throw badAnswer(attempt); // The parser's message quotes the line.
  }
  const object = event?.object;
  if (event?.type === 'ERROR') {
    const status = asStatus(object);
    const code = typeof status.code === 'number' ? status.code : 500;
    throw new KubeError(attempt, failureOfStatus(attempt, code, status, 'rejected'));
  }
  const metadata = object?.metadata;
  if (!object || typeof metadata?.resourceVersion !== 'string') throw badAnswer(attempt);
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object };
    case 'BOOKMARK':
      return {
        type: 'BOOKMARK',
        resourceVersion: metadata.resourceVersion,
        initialEventsEnd: metadata.annotations?.[INITIAL_EVENTS_END] === 'true',
      };
    default:
      throw badAnswer(attempt);
  }
};
