import { expect, test } from 'vitest';
import { openDefects } from '../simulation/open-defects.ts';
import { type Chunk, failuresOf, talliesOf } from './schedules.ts';

const chunk = (from: number, more: Partial<Chunk> = {}): Chunk => ({
  from,
  schedules: 2,
  seconds: 1,
  failures: [],
  tallies: [
    { provider: 'stytch', schedules: 2, limits: [['a', 1]], counts: [['asks', 7]], covered: [['row: x', 2]] },
  ],
  ...more,
});

test('what several chunks met is counted together, by provider', () => {
  const other = { provider: 'plastiq', schedules: 1, limits: [], counts: [], covered: [] } as const;
  const both = talliesOf([chunk(1), chunk(3, { tallies: [...chunk(3).tallies, other] })]);
  expect(both.get('stytch')).toEqual({
    schedules: 4,
    limits: new Map([['a', 2]]),
    counts: new Map([['asks', 14]]),
    covered: new Map([['row: x', 4]]),
  });
  expect(both.get('plastiq')?.schedules).toBe(1);
});

test('what fails is what no chunk knew to be open', () => {
  const failing = (seed: string) => ({ seed, invariant: 'I4', text: 'cut off' });
  const [open = 'none is open'] = openDefects.keys();
  expect(
    failuresOf([chunk(1, { failures: [failing('7'), failing(open)] }), chunk(3)]).map(({ seed }) => seed),
  ).toEqual(openDefects.has(open) ? ['7'] : ['7', open]);
});
