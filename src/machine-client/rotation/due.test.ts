import { describe, expect, test } from 'vitest';
import { findCondition } from '../../api/conditions.ts';
import { decide } from '../decide.ts';
import type { Facts } from '../facts.ts';
import { isRest } from '../plan.ts';
import { statusOf } from '../status/status.ts';
import {
  change,
  deleting,
  facts,
  HOUR,
  annotated,
  client,
  looked,
  type Modifier,
  noClient,
  NOW,
  object,
  overlapping,
  quiet,
  rotation,
  seconds,
  secret,
  spec,
} from '../testing/facts.ts';
import { plannedRotation, rotationDue, rotationWakesAt } from './due.ts';

/** Published two days ago, as in `quiet`. */
const daily = rotation({ interval: '24h' });
const weekly = rotation({ interval: '168h' });
const statusAt = (observed: Facts) => {
  const plan = decide(observed);
  if (!isRest(plan)) throw new Error(`${plan.kind} is no rest`);
  return statusOf(observed, { rest: plan, setback: undefined, proof: undefined });
};

describe('an interval', () => {
  test('that has passed is a new credential, after a live look', () => {
    expect(decide(facts(quiet, daily))).toMatchObject({ kind: 'look' });
    expect(decide(facts(quiet, daily, looked))).toMatchObject({
      kind: 'mint',
      prove: true,
      reason: 'Rotating',
    });
  });

  test('that has not passed wakes the object when it has', () => {
    const observed = facts(quiet, weekly, looked);
    expect(decide(observed)).toMatchObject({ kind: 'nothing' });
    const next = plannedRotation(observed);
    expect(rotationWakesAt(observed)).toBe(next?.at);
    expect(statusAt(observed).nextRotationTime).toBe(
      new Date(next?.at ?? 0).toISOString().replace(/\.\d+Z/, 'Z'),
    );
  });

  test('counts from the first publication of the credential, not from a new label on the Secret', () => {
    const relabelled = secret({ publishedAt: seconds(-60) });
    expect(decide(facts(quiet, daily, relabelled, looked))).toMatchObject({ kind: 'mint' });
  });

  test('waits for the overlap of the rotation before it', () => {
    expect(decide(facts(quiet, daily, overlapping(HOUR), looked))).toMatchObject({
      kind: 'nothing',
      reason: 'Overlap',
    });
  });
});

test.each<[string, Modifier]>([
  ['is being deleted', deleting],
  ['is to be inactive', spec({ state: 'Inactive' })],
  ['is only observed', spec({ managementPolicy: 'Observe' })],
  ['cannot be read', object({ invalid: 'spec.scopes: no list' })],
])('no rotation is planned for what %s', (_, modifier) => {
  expect(plannedRotation(facts(quiet, daily))).toBeDefined();
  expect(plannedRotation(facts(quiet, daily, modifier))).toBeUndefined();
});

describe('overdue', () => {
  const held = facts(quiet, daily, looked, spec({ suspend: true }));

  test('is what could have begun ten minutes ago', () => {
    const closed = rotation({ interval: '24h', windows: [{ schedule: '0 13 * * *', duration: '1h' }] });
    // Due yesterday in a window of one hour, which has passed; the next one is an hour away.
    const status = statusAt(facts(quiet, closed, looked));
    expect(findCondition(status.conditions, 'RotationOverdue')).toMatchObject({
      status: 'True',
      reason: 'RotationOverdue',
    });
    expect(rotationWakesAt(facts(quiet, closed, looked))).toBe(NOW + HOUR * 1000);
  });

  test('is nothing that a person has stopped', () => {
    expect(findCondition(statusAt(held).conditions, 'RotationOverdue')).toMatchObject({ status: 'False' });
    expect(rotationWakesAt(held)).toBeUndefined();
  });
});

test('a reported expiry is early enough for an outage, and shown', () => {
  const lifetime = { createdTime: seconds(-48 * HOUR), expiryTime: seconds(24 * HOUR) };
  const expiring = change({
    credentials: [{ id: 'curr', suffix: 'curr', position: 'current', ...lifetime }],
  });
  // Two thirds of it have passed.
  expect(plannedRotation(facts(quiet, expiring))).toMatchObject({ at: NOW, cause: 'the credential expires' });
  expect(decide(facts(quiet, expiring, looked))).toMatchObject({ kind: 'mint', reason: 'Rotating' });
  const later = facts(quiet, expiring, looked, rotation({ rotateBefore: '12h' }));
  expect(plannedRotation(later)).toMatchObject({ at: seconds(12 * HOUR) });
  expect(statusAt(later).credentials).toMatchObject([
    { id: 'curr', createdTime: '2026-05-30T12:00:00Z', expiryTime: '2026-06-02T12:00:00Z' },
  ]);
});

describe('the lifetime of the published credential', () => {
  const ends = (days: number) => ({ expiryTime: seconds(days * 24 * HOUR) });
  const credential = {
    id: 'curr',
    suffix: 'curr',
    position: 'current',
    createdTime: seconds(-48 * HOUR),
  } as const;

  test('is that of the client and of the credential that the Secret names', () => {
    const others = facts(
      quiet,
      noClient,
      client({ id: 'theirs', credentials: [{ ...credential, ...ends(1) }] }),
      client({
        credentials: [
          { ...credential, id: 'next', suffix: 'next', position: 'next', ...ends(2) },
          { ...credential, ...ends(4) },
        ],
      }),
    );
    // A third of six days before its end.
    expect(plannedRotation(others)?.at).toBe(seconds(2 * 24 * HOUR));
  });

  test('begins when it was published, where the provider does not say when it was made', () => {
    const { createdTime: _, ...unknown } = credential;
    const observed = facts(quiet, change({ credentials: [{ ...unknown, ...ends(4) }] }));
    expect(plannedRotation(observed)?.at).toBe(seconds(2 * 24 * HOUR));
  });
});

test('a rotation that somebody asked for is due, and says by what', () => {
  const observed = facts(quiet, annotated('rotateRequested', 'now'));
  expect(observed.secret && rotationDue(observed, observed.secret)).toBe(
    'a rotation was requested by the annotation machine-client.dev/rotate-requested',
  );
});

test('what is overdue, and may begin, wakes nobody later', () => {
  expect(rotationWakesAt(facts(quiet, daily, looked))).toBeUndefined();
});
