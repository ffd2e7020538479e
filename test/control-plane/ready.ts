import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { systemClock } from '../../src/runtime/clock.ts';
import { linkAbort } from '../../src/runtime/linked-abort.ts';
import type { Child } from './child.ts';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;

interface Probe {
  readonly url: string;
  /** The authority of the server's certificate; the server itself makes this file, so it may not be there yet. */
  readonly caFile: string;
  readonly token: string;
}

/**
 * Resolves when the probe's URL answers 200.
 *
 * @throws Error when one of the children ends before, or with the last child's log lines after a minute.
 */
export const untilReady = async (
  probe: Probe,
  children: readonly [...Child[], Child],
  signal: AbortSignal | undefined,
): Promise<void> => {
  const tooLate = new Error(`no answer from ${probe.url} within ${READY_WITHIN_MS / 1000} s`);
  using link = linkAbort(systemClock, signal, READY_WITHIN_MS, () => tooLate);
  try {
    await Promise.race([poll(probe, link.signal), ...children.map((child) => child.died)]);
  } catch (error) {
    // What a wait throws when it is aborted only says that it was.
    signal?.throwIfAborted();
    if (!link.signal.aborted) throw error;
    throw new Error(`${tooLate.message}: ${children.at(-1)?.lastLogLines()}`, { cause: error });
  } finally {
    link.abort(new Error('no longer waited for'));
  }
};

const poll = async (probe: Probe, signal: AbortSignal): Promise<void> => {
  for (; !(await answers(probe, signal)); ) await delay(POLL_MS, undefined, { signal });
};

const answers = async (probe: Probe, signal: AbortSignal): Promise<boolean> => {
  const ca = await readFile(probe.caFile).catch(() => undefined);
  if (!ca) return false;
  const dispatcher = new Agent({ connect: { ca } });
  try {
    const headers = { authorization: `Bearer ${probe.token}` };
    const { statusCode, body } = await request(probe.url, { dispatcher, headers, signal });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    await dispatcher.destroy();
  }
};

/** A port of the loopback address that nobody listens on, at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
