import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['seconds', '120', 120_000],
  ['no seconds', '0', 0],
  ['a date', new Date(now + 30_000).toUTCString(), 30_000],
  ['a date that has passed', new Date(now - 30_000).toUTCString(), 0],
  ['a word', 'soon', undefined],
  ['nothing', undefined, undefined],
  ['two of them', ['1', '2'], undefined],
])('%s', (_what, header, wanted) => {
  expect(retryAfterMs(header, now)).toBe(wanted);
});

test('it is never more than the caller takes', () => {
  expect(retryAfterMs('999999999999', now, 60_000)).toBe(60_000);
});
