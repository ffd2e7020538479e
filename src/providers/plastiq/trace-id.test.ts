import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceId } from './trace-id.ts';

test('a UUID of version 4, whatever the randomness', () => {
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.infiniteStream(share), (shares) => {
      const random = () => shares.next().value as number;
      expect(traceId(random)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }),
  );
});

test('the same randomness gives the same id, and other randomness another one', () => {
  expect(traceId(() => 0)).toBe('00000000-0000-4000-8000-000000000000');
  expect(traceId(() => 0.99)).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
});
