import { expect, test } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { Definition } from './definition.ts';

const since = Date.UTC(2026, 0, 2);
const MINUTE = 60_000;

/** Of a definition that was made at `since`. */
const mayReturn = async (...secrets: Parameters<Definition['mayReturn']>[0]): Promise<boolean> => {
  const metadata = { creationTimestamp: new Date(since).toISOString() };
  const kube = { get: () => Promise.resolve({ metadata }) } as unknown as KubeClient;
  return await new Definition(kube, new AbortController().signal).mayReturn(secrets);
};

test.each([
  { ownerCreated: since - MINUTE, publishedAt: since - MINUTE, is: true, why: 'all of it is older' },
  { ownerCreated: since + MINUTE, publishedAt: since + MINUTE, is: false, why: 'all of it is younger' },
  { ownerCreated: since + MINUTE, publishedAt: since - 4 * MINUTE, is: false, why: 'our clock was behind' },
  { ownerCreated: since - MINUTE, publishedAt: since + 4 * MINUTE, is: true, why: 'our clock was ahead' },
  { ownerCreated: since, publishedAt: since + 1_000, is: false, why: 'both were made in one second' },
  { ownerCreated: since, publishedAt: since + 999, is: true, why: 'all in one second: nobody can tell' },
  { publishedAt: since + 1_000, is: false, why: 'it does not say when its object was made' },
  { publishedAt: since + 999, is: true, why: 'it does not say when its object was made' },
])(
  'of a Secret whose owner was made at $ownerCreated: $why, so it may return: $is',
  async ({ is, ...aged }) => {
    expect(await mayReturn(aged)).toBe(is);
  },
);

test('one older Secret of several is enough, and none is none', async () => {
  const young = { ownerCreated: since + MINUTE, publishedAt: since + MINUTE };
  const old = { ownerCreated: since - MINUTE, publishedAt: since - MINUTE };
  expect(await mayReturn(young, old)).toBe(true);
  expect(await mayReturn()).toBe(false);
});
