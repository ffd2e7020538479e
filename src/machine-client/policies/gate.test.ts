import { describe, expect, test } from 'vitest';
import type { Facts } from '../facts.ts';
import {
  annotated,
  condition,
  facts,
  HOUR,
  type Modifier,
  noStatus,
  operation,
  overlapping,
  rotation,
  seconds,
  secret,
  spec,
  status,
} from '../testing/facts.ts';
import { gate } from './gate.ts';

/**
 * The gate by itself. The rows before it keep most of what closes it away from it, so that a plan shows these lines only
 * where such a row is missing too: each of them has to hold alone.
 */
const DAY = 24 * HOUR;
const old = [{ id: 'curr', suffix: '****curr', position: 'current' as const }];
const gateOf = (...more: readonly Modifier[]): ReturnType<typeof gate> => {
  const all: Facts = facts(overlapping(2 * DAY), ...more);
  if (!all.secret) throw new Error('there is a Secret');
  return gate(all, all.secret, old);
};
/** A mint of which the Secret knows nothing: settled or not, it may have published, or be about to. */
const unresolved = operation('start', 60, { id: 'op-later' });

test('open when all of it holds', () => {
  expect(gateOf()).toEqual({ open: true });
});

describe('closed, whatever the rows before it say', () => {
  test.each<readonly [what: string, more: readonly Modifier[], reason: string]>([
    ['beside an operation of unknown result', [unresolved], 'Settling'],
    [
      'beside one, though a person has the old credential revoked',
      [unresolved, annotated('revokePrevious', '3')],
      'Settling',
    ],
    ['while the object is suspended', [spec({ suspend: true })], 'Suspended'],
    ['while the client is to be inactive', [spec({ state: 'Inactive' })], 'Inactive'],
    ['within the overlap', [secret({ publishedAt: seconds(-HOUR) })], 'Overlap'],
    // A reader of the Secret had the old credential until the write arrived, which it did when it was settled.
    [
      'when the overlap has passed since it was sent, and not since it can have arrived',
      [rotation({ overlap: '1h' }), secret({ publishedAt: seconds(-HOUR - 10) })],
      'Overlap',
    ],
  ])('%s', (_what, more, reason) => {
    expect(gateOf(...more)).toMatchObject({ open: false, reason });
  });

  test('the overlap ends one settle time after it began', () => {
    const ends = gateOf(rotation({ overlap: '1h' }), secret({ publishedAt: seconds(-10) }));
    expect(ends).toMatchObject({ open: false, reason: 'Overlap', until: seconds(-10 + HOUR + 20) });
  });
});

test('a proof counts for the publication that the status names, and for no other', () => {
  expect(gateOf(noStatus)).toEqual({ open: 'needs-proof' });
  expect(gateOf(status({ operation: 'op-older' }))).toEqual({ open: 'needs-proof' });
  expect(gateOf(condition({ type: 'CredentialVerified', status: 'Unknown', reason: 'Idle' }))).toEqual({
    open: 'needs-proof',
  });
  expect(gateOf(noStatus, rotation({ verification: 'Never' }))).toEqual({ open: true });
});
