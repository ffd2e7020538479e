import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from './generate.ts';
import type { Schedule } from './schedule.ts';
import { formatSeed, parseSeed, seedsFrom } from './seeds.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { manyScopes } from './upstreams/keycloak.ts';

const digest = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex');

describe('a seed', () => {
  // Two operators, restarts, lost messages, a restored etcd, and rollouts; plans that are watched.
  const seeds = [
    '78',
    '31',
    '4395',
    'scalekit-75',
    'authress-92',
    'plastiq-21',
    'vaultapprole-12',
    'keycloak-3',
    'keycloaksecrets-3',
  ];

  test.each(seeds)('%s has the same timeline each time', { timeout: 60_000 }, async (seed) => {
    const first = await simulate(generate(parseSeed(seed)), true);
    const second = await simulate(generate(parseSeed(seed)), true);
    expect(first.timeline.length).toBeGreaterThan(50);
    expect(second.timeline).toEqual(first.timeline);
  });

  test('has the same timeline in another process', { timeout: 60_000 }, async () => {
    const here = await simulate(generate(parseSeed('10')), true);
    const printed = execFileSync(
      process.execPath,
      [join(import.meta.dirname, '../main.ts'), 'simulation', '--seed', '10'],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    const there = printed.split('\n').slice(0, here.timeline.length);
    expect(digest(there)).toBe(digest(here.timeline));
  });
});

test('seeds are shared out among the providers, and each is written so that it can be replayed', () => {
  const seeds = seedsFrom(5, 2_000, undefined);
  expect(Object.groupBy(seeds, ({ provider }) => provider)).toMatchObject({
    stytch: { length: 800 },
    scalekit: { length: 500 },
    authress: { length: 250 },
    plastiq: { length: 150 },
    vaultapprole: { length: 100 },
    keycloak: { length: 100 },
    keycloaksecrets: { length: 100 },
  });
  expect(seeds.map((seed) => parseSeed(formatSeed(seed)))).toEqual(seeds);
  expect(formatSeed({ provider: 'scalekit', number: 5 })).toBe('scalekit-5');
});

test('the simulation sees what is wrong: without a provider nothing is published', async () => {
  const { violations } = await simulate({
    seed: 1,
    settings: { replicas: 1, orphanPolicy: 'Report', resync: '1m', latencyMs: 5, noise: 0 },
    steps: [{ at: 1_000, act: { do: 'create', name: 'one', spec: { providerRef: { name: 'nobody' } } } }],
  });
  expect(violations.map(({ invariant }) => invariant)).toContain('I2');
}, 60_000);

test('of a change that takes more calls than a pass has steps the next pass does the rest, and nobody calls it a failure', async () => {
  const spec = { credential: { type: 'KeyPair' }, scopes: ['admin'], rotation: { overlap: '0s' } };
  const { violations, timeline } = await simulate(
    {
      seed: 1,
      provider: 'keycloak',
      settings: { replicas: 1, orphanPolicy: 'Report', resync: '1h', latencyMs: 100, noise: 0 },
      steps: [
        { at: 1_000, act: { do: 'create', name: 'one', spec } },
        { at: 120_000, act: { do: 'edit', name: 'one', spec: { scopes: manyScopes } } },
      ],
    },
    true,
  );
  expect(violations).toEqual([]);
  expect(timeline.filter((line) => line.includes('MCO_NO_REST'))).toEqual([]);
  // Each of them once, and the one that goes.
  expect(timeline.filter((line) => line.includes('/default-client-scopes/'))).toHaveLength(31);
}, 60_000);

test('what has replaced a secret is published, though nobody could prove it: the former one is dead', async () => {
  const rotation = { method: 'Replace', overlap: '0s' };
  const { violations, timeline } = await simulate(
    {
      seed: 1,
      provider: 'keycloaksecrets',
      settings: {
        replicas: 1,
        orphanPolicy: 'Report',
        resync: '1h',
        latencyMs: 100,
        noise: 0,
        switches: { secretLifeMs: 0 },
      },
      steps: [
        {
          at: 1_000,
          act: { do: 'create', name: 'one', spec: { credential: { type: 'ClientSecret' }, rotation } },
        },
        { at: 120_000, act: { do: 'rotate', name: 'one', token: 'a' } },
        // After the secret was written and read back, and before it is proven.
        { at: 120_700, act: { do: 'storm', target: 'upstream', status: 503, share: 1, ms: 3_000 } },
      ],
    },
    true,
  );
  expect(violations).toEqual([]);
  const at = (what: string) => timeline.findIndex((line) => line.includes(what));
  expect(timeline[at('/token is refused: 503')]).toBeDefined();
  const seconds = (what: string) => Number.parseFloat(timeline[at(what)] ?? '');
  expect(seconds('MODIFIED secrets team/one v2') - seconds(' PUT /admin/realms')).toBeLessThan(5);
}, 60_000);

test('a staged secret whose answer was lost is read and published, and no other one is made', async () => {
  const spec = { credential: { type: 'ClientSecret' }, rotation: { overlap: '0s' } };
  const { violations, timeline } = await simulate(
    {
      seed: 1,
      provider: 'keycloaksecrets',
      settings: {
        replicas: 1,
        orphanPolicy: 'Report',
        // No list comes to help.
        resync: '1h',
        latencyMs: 100,
        noise: 0,
        switches: { secretLifeMs: 31_536_000_000 },
      },
      steps: [
        { at: 1_000, act: { do: 'create', name: 'one', spec } },
        { at: 120_000, act: { do: 'rotate', name: 'one', token: 'a' } },
        { at: 120_470, act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 200 } },
      ],
    },
    true,
  );
  expect(violations).toEqual([]);
  expect(timeline.filter((line) => line.includes('which is lost'))).toHaveLength(1);
  expect(timeline.filter((line) => line.includes(' fence stage '))).toHaveLength(1);
  expect(timeline.some((line) => line.includes('MODIFIED secrets team/one v2'))).toBe(true);
}, 60_000);

test('the shrinker leaves what the failure needs', async () => {
  const schedule: Schedule = {
    ...generate(parseSeed('7')),
    steps: Array.from({ length: 20 }, (_, at) => ({
      at,
      act: { do: 'look', name: `n${at}`, token: '' } as const,
    })),
  };
  const needed = [3, 11];
  const small = await shrink(schedule, async ({ steps }) =>
    needed.every((at) => steps.some((step) => step.at === at)),
  );
  expect(small.steps.map(({ at }) => at)).toEqual(needed);
  expect(small.settings).toMatchObject({ noise: 0, replicas: 1 });
});
