import { describe, expect, test } from 'vitest';
import type { Defence } from './defences.ts';
import type { Violation } from './findings.ts';
import { generate } from './generate.ts';
import { simulate } from './simulate.ts';

const violations = async (seed: number, without: readonly Defence[]): Promise<readonly Violation[]> => {
  const schedule = generate({ provider: 'stytch', number: seed });
  const settings = { ...schedule.settings, replicas: 2 as const, without };
  return (await simulate({ ...schedule, settings })).violations;
};

/**
 * Two guard one invariant: that what is begun is not begun by another one as well. Each is enough in these schedules, so a
 * change that takes one of them away is noticed by the other one's absence alone.
 */
describe.each([2, 3])('schedule %i, where two replicas want to work', (seed) => {
  test.each<readonly [what: string, without: readonly Defence[]]>([
    ['with everything', []],
    ['without a lease, for each fence is raised on the version that was read', ['leader']],
    ['without the versions of objects, for one of them leads', ['object-versions']],
    ['without the versions of Secrets, for one of them leads', ['secret-versions']],
  ])('%s, nothing is violated', async (_, without) => {
    expect(await violations(seed, without)).toEqual([]);
  });

  test('without either, a client is made twice or a mint is begun twice, and that is seen', async () => {
    const found = new Set(
      (await violations(seed, ['leader', 'object-versions'])).map(({ invariant }) => invariant),
    );
    expect(found.has('I1') || found.has('double mint'), [...found].join(', ')).toBe(true);
  });
});

test('nothing stands in for a read of the Secret as it is: where reads lag, that is seen', async () => {
  expect((await violations(22, ['live-reads'])).map(({ invariant }) => invariant)).toContain('I1');
});
