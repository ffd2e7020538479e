import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, sleep } from '../../src/runtime/clock.ts';
import type { Body, Reply, SimulatedProvider } from './provider.ts';
import type { RequestRecord } from './request-log.ts';

const LARGEST_BODY = 4 * 1024 * 1024;

/** Reads a whole body, or so much of one that is too big that this shows. Undefined when the caller went away in the middle of it. */
export const readBytes = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (size <= LARGEST_BODY) chunks.push(chunk);
      size += chunk.length;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
};

/** What the bytes say. */
export const parseBody = (bytes: Buffer, headers: IncomingHttpHeaders): Body => {
  if (bytes.length === 0) return { kind: 'none' };
  if (bytes.length > LARGEST_BODY) return { kind: 'malformed' };
  const text = bytes.toString('utf8');
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return { kind: 'form', value: new URLSearchParams(text) };
  }
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'malformed' };
  }
};

/** An error as the switch `errorBody` has it. */
export const asErrorsAre = ({ switches }: SimulatedProvider, reply: Reply): Reply => {
  const { errorBody } = switches.current;
  if (reply.status < 400 || errorBody === 'present') return reply;
  return { ...reply, body: errorBody === 'absent' ? undefined : { message: 'No.' } };
};

const encode = (reply: Reply): { headers: Record<string, string | number>; body: Buffer } => {
  if (reply.body === undefined) return { headers: { ...reply.headers }, body: Buffer.alloc(0) };
  const isText = typeof reply.body === 'string';
  const body = Buffer.from(isText ? reply.body : JSON.stringify(reply.body));
  const type = isText ? 'text/html; charset=utf-8' : 'application/json';
  return { headers: { 'content-type': type, 'content-length': body.length, ...reply.headers }, body };
};

/** Sends the answer. True when the caller was still there to take all of it. */
export const send = async (response: ServerResponse, reply: Reply): Promise<boolean> => {
  const { headers, body } = encode(reply);
  response.writeHead(reply.status, headers);
  response.end(body);
  return finished(response);
};

/**
 * Sends the answer and records it. The record is filled in before the first byte leaves: who reads the log right
 * after the answer finds it there.
 */
export const deliver = async (
  record: RequestRecord,
  response: ServerResponse,
  reply: Reply,
  write: (response: ServerResponse, reply: Reply) => Promise<boolean> = send,
): Promise<void> => {
  if (response.destroyed) return;
  record.status = reply.status;
  record.requestId = reply.requestId ?? record.requestId;
  record.answered = true;
  record.answered = await write(response, reply);
};

/** Closes the connection without an answer. */
export const drop = (response: ServerResponse): void => {
  response.destroy();
};

/** Time for the caller's kernel to hand over what was sent: a reset throws away what is still unread there. */
const READ_GRACE_MS = 20;

/** Promises the whole body, sends half of it and resets the connection. An answer without a body is not even begun. */
export const sendTruncated = async (
  response: ServerResponse,
  reply: Reply,
  clock: Clock,
): Promise<boolean> => {
  const { headers, body } = encode(reply);
  if (body.length > 0) {
    response.writeHead(reply.status, headers);
    response.write(body.subarray(0, Math.ceil(body.length / 2)));
  }
  await sleep(clock, READ_GRACE_MS);
  response.socket?.resetAndDestroy();
  return false;
};

/** Sends the body in pieces of `chunkBytes`, one each `intervalMs`. True as for `send`. */
export const sendSlowly = async (
  response: ServerResponse,
  reply: Reply,
  pace: { readonly chunkBytes: number; readonly intervalMs: number; readonly clock: Clock },
): Promise<boolean> => {
  const { headers, body } = encode(reply);
  response.writeHead(reply.status, headers);
  for (let at = 0; at < body.length && !response.destroyed; at += pace.chunkBytes) {
    response.write(body.subarray(at, at + pace.chunkBytes));
    await sleep(pace.clock, pace.intervalMs);
  }
  if (response.destroyed) return false;
  response.end();
  return finished(response);
};

/** `close` comes in every case, and by then `writableFinished` says whether all was handed over. */
const finished = async (response: ServerResponse): Promise<boolean> => {
  if (!response.destroyed) await once(response, 'close');
  return response.writableFinished;
};
