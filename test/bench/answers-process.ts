/** Forked by answers.ts with the image's flags: an account that asks, and nothing else that would hold the event loop. */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { connectTo, providersUnderTest, type ProviderUnderTest } from '../hostile/accounts.ts';

export interface AnswerTask {
  readonly type: ProviderUnderTest['type'];
  /** A server for each answer. */
  readonly urls: readonly string[];
}

export interface Stall {
  /** The longest time for which nothing else was done. */
  readonly stallMs: number;
  readonly peakBytes: number;
}

const RESOLUTION_MS = 1;
const ROUNDS = 3;

const stallOf = async (provider: ProviderUnderTest, url: string): Promise<Stall> => {
  const account = connectTo(provider, url, { timeoutMs: 10_000 });
  const list = provider.calls.find(({ name }) => name === 'list');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let peakBytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await list?.run(account, { signal: new AbortController().signal });
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    // The last stall is only seen by the next timer.
    await pause(20);
  }
  delay.disable();
  await account.close();
  return { stallMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS), peakBytes };
};

const [task] = (await once(process, 'message')) as [AnswerTask];
const provider = providersUnderTest.find(({ type }) => type === task.type);
if (!provider) throw new Error(`no provider ${task.type}`);
const stalls: Stall[] = [];
for (const url of task.urls) stalls.push(await stallOf(provider, url));
process.send?.(stalls);
process.disconnect();
