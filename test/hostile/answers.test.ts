import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { Pool } from '../../src/providers/pool.ts';
import { Allowance } from '../../src/runtime/allowance.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../helpers/until.ts';
import { connectTo, providersUnderTest } from './accounts.ts';
import { installation } from './calls.ts';
import { answerEnds, hostileAnswers, hostilePages, hostileSweeps } from './answers.ts';
import { pageAnswer, serveSockets } from './socket-server.ts';

/** Every entry of answers.ts, on every provider that has the call, over real HTTP. */

const call = { signal: new AbortController().signal };

describe.each(providersUnderTest)('$type', (provider) => {
  test.each(hostileAnswers)('$name: $ends', async ({ ends, answer }) => {
    await using server = await serveSockets(answer);
    const timeoutMs = ends === 'ended by the timeout' ? 150 : 5_000;
    const account = connectTo(provider, server.url, { timeoutMs });
    const outcomes = await Promise.all(
      provider.calls.map(async ({ name, isWrite, run }) => {
        const outcome = await run(account, call);
        const reason = outcome.kind === 'ok' ? undefined : outcome.error.reason;
        return { name, isWrite, kind: outcome.kind, reason };
      }),
    );
    // A redirect is a definite answer. All others say nothing of whether a write was done.
    const ofWrites = ends === 'not followed' ? 'rejected' : 'unknown';
    expect(outcomes).toEqual(
      provider.calls.map(({ name, isWrite }) => ({
        name,
        isWrite,
        kind: isWrite ? ofWrites : 'rejected',
        reason: answerEnds[ends],
      })),
    );
    expect(server.heads).toHaveLength(provider.calls.length);
    await account.close();
  });
});

const lists = providersUnderTest.flatMap(({ list, ...provider }) =>
  list ? [{ ...provider, list, provider: { ...provider, list } }] : [],
);

describe.each(lists)('a list of $type', ({ list, provider, calls }) => {
  const listCall = calls.find(({ name }) => name === 'list');

  test.each(hostilePages)('$name: $ends', async ({ ends, page }) => {
    await using server = await serveSockets((socket) => socket.write(pageAnswer(page(list))));
    const account = connectTo(provider, server.url);
    const outcome = await listCall?.run(account, call);
    const reason = answerEnds[ends];
    expect(outcome).toMatchObject(
      reason === undefined
        ? { kind: 'ok', value: { clients: [], ...(!list.pagesByOffset && { next: undefined }) } }
        : { kind: 'rejected', error: { reason } },
    );
    await account.close();
  });

  const sweeps = hostileSweeps.filter(({ needsCursor }) => !(needsCursor && list.pagesByOffset));
  test.each(sweeps)('$name: $ends', async ({ ends, page }) => {
    let pages = 0;
    await using server = await serveSockets((socket) => socket.write(pageAnswer(page(list, ++pages))));
    const account = connectTo(provider, server.url);
    const limits = { requestsPerMinute: 600_000, burst: 10_000, concurrency: 4 };
    const member = { account, limits, resyncMs: 3_600_000, requestTimeoutMs: 5_000 };
    const memory = new Allowance(8_000_000, 4_000_000);
    const pool = new Pool(
      {
        installation,
        clock: systemClock,
        random: () => 0.5,
        log: pino({ level: 'silent' }),
        memory,
        mostPages: 500,
        scale: (ms) => ms,
        onTrouble: () => {},
        onSwept: () => {},
        uses: () => true,
      },
      member,
    );
    pool.join('one', member);
    pool.include('org_1');
    const stop = new AbortController();
    const running = pool.run(stop.signal);
    await until('trouble', () => pool.trouble, { everyMs: 2, timeoutMs: 20_000 });
    expect(pool.trouble?.reason).toBe(answerEnds[ends]);
    expect([...pool.partitions()].map(({ inventory }) => [inventory.size, inventory.sweptAt])).toEqual([
      [0, undefined],
    ]);
    stop.abort();
    await running;
    // Nothing that was taken for it is still counted.
    expect(memory.share().take(4_000_000)).toBe(true);
    await account.close();
  });
});
