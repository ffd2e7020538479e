import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOperation, operationKinds, parseOperation, type Operation } from '../api/operation.ts';
import { isFresh, isMint, isPositional, isUnresolved, newOperationId } from './operation.ts';

const k = (fields: Partial<Operation> = {}): Operation => ({
  id: 'op-2k',
  kind: 'start',
  at: 1_000,
  until: 26_000,
  uid: 'uid-1',
  installation: 'inst',
  incarnation: 0,
  ...fields,
});

test('what is written is read again', () => {
  const anyOperation = fc.record(
    {
      id: fc.string({ minLength: 1, maxLength: 64 }),
      kind: fc.constantFrom(...operationKinds),
      at: fc.integer(),
      until: fc.integer(),
      uid: fc.string(),
      installation: fc.string(),
      incarnation: fc.nat(),
      suffix: fc.string(),
      result: fc.constantFrom('rejected' as const, 'not-sent' as const),
    },
    { requiredKeys: ['id', 'kind', 'at', 'until', 'uid', 'installation', 'incarnation'] },
  );
  fc.assert(
    fc.property(anyOperation, (operation) => {
      expect(parseOperation(formatOperation(operation))).toEqual(operation);
    }),
  );
});

test.each([
  ['nothing', undefined],
  ['a word', 'hello'],
  ['an empty annotation', ''],
  ['JSON of another form', '{"id":"x"}'],
  ['a kind that there is not', JSON.stringify({ ...k(), kind: 'explode' })],
  ['an id that no annotation of ours has', JSON.stringify({ ...k(), id: 'x'.repeat(65) })],
])('%s is no operation', (_name, annotation) => {
  expect(parseOperation(annotation)).toBeUndefined();
});

test('ids are ordered by time and fit into status', () => {
  const early = newOperationId(Date.UTC(2026, 0, 1), () => 0.999999);
  const late = newOperationId(Date.UTC(2026, 0, 1) + 1, () => 0);
  expect(early < late).toBe(true);
  expect(late).toMatch(/^[0-9a-z]{9}-[0-9a-z]{8}$/);
});

test('fresh until, and not at, K.until', () => {
  expect([25_999, 26_000].map((now) => isFresh(k(), now))).toEqual([true, false]);
  expect(isFresh(undefined, 0)).toBe(false);
});

test('kinds', () => {
  expect(operationKinds.filter((kind) => isMint(k({ kind })))).toEqual([
    'create',
    'mint',
    'start',
    'issue',
    'stage',
  ]);
  expect(operationKinds.filter((kind) => isPositional(k({ kind })))).toEqual([
    'stage',
    'promote',
    'cancel',
    'turn',
    'drop',
  ]);
});

describe('unresolved', () => {
  const other = { operation: 'op-1s', abandonedOperation: undefined };
  test.each([
    ['a mint of which nobody heard', k(), undefined, undefined, true],
    ['the Secret is of another operation', k(), other, undefined, true],
    ['the Secret is of another one, whatever status says', k(), other, 'op-2k', true],
    ['the Secret is of it', k(), { ...other, operation: 'op-2k' }, undefined, false],
    ['given up on the Secret', k(), { ...other, abandonedOperation: 'op-2k' }, undefined, false],
    ['another one was given up', k(), { ...other, abandonedOperation: 'op-j' }, undefined, true],
    ['published, and the Secret is gone since', k(), undefined, 'op-2k', false],
    ['rejected', k({ result: 'rejected' }), undefined, undefined, false],
    ['not sent', k({ result: 'not-sent' }), undefined, undefined, false],
    ['no mint', k({ kind: 'promote' }), undefined, undefined, false],
    ['no operation', undefined, undefined, undefined, false],
  ])('%s', (_name, operation, secret, status, expected) => {
    expect(isUnresolved(operation, secret, status)).toBe(expected);
  });
});
