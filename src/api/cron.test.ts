import { Cron } from 'croner';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronAfter, isCron } from './cron.ts';

const expressions = ['* * * * *', '*/7 3-5 * * 1', '0 0 1 * *', '30 2 * * *', '0 0 30 2 *', '59 23 31 12 *'];
const zones = [
  undefined,
  'UTC',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Australia/Lord_Howe',
];

test('the answer is that of the library, whatever was asked before', () => {
  const from = Date.UTC(2026, 0, 1);
  fc.assert(
    fc.property(
      fc.constantFrom(...expressions),
      fc.constantFrom(...zones),
      // Whole minutes and their edges, where an answer could be one of the minute before.
      fc.integer({ min: 0, max: 366 * 24 * 60 }),
      fc.constantFrom(0, 1, 30_000, 59_999),
      (expression, timeZone, minute, beyond) => {
        const after = from + minute * 60_000 + beyond;
        const library = new Cron(expression, { mode: '5-part', timezone: timeZone ?? 'UTC' });
        expect(cronAfter(expression, timeZone, after)).toBe(library.nextRun(new Date(after))?.getTime());
      },
    ),
    { numRuns: 300 },
  );
});

test('what does not exist is refused each time', () => {
  for (const _ of [1, 2])
    expect([
      isCron('61 * * * *', undefined),
      isCron('* * * * *', 'Mars/Olympus'),
      isCron('* * * * *', 'UTC'),
    ]).toEqual([false, false, true]);
});
