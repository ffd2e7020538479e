import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machineClientSpec, type MachineClientSpec } from '../../api/schema/machine-client.ts';
import { mayBegin, nextRotation, type ScheduleFacts } from './schedule.ts';

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const rotationOf = (fields: object): MachineClientSpec['rotation'] =>
  machineClientSpec.parse({ providerRef: { name: 'p' }, rotation: fields }).rotation;

const facts = (rotation: object, more: Partial<ScheduleFacts> = {}): ScheduleFacts => ({
  rotation: rotationOf(rotation),
  uid: 'uid-1',
  rotatedAt: at('2026-03-01T00:00:00Z'),
  scale: (ms) => ms,
  ...more,
});

/** As if the schema had let it through: a time that no year has. */
const NEVER = '0 0 31 2 *';
const unchecked = (
  planned: ScheduleFacts,
  fields: Partial<MachineClientSpec['rotation']>,
): ScheduleFacts => ({
  ...planned,
  rotation: { ...planned.rotation, ...fields },
});

test('nothing is planned where nothing asks for it', () => {
  expect(nextRotation(facts({}))).toBeUndefined();
});

test('an interval is never exceeded, and begins in its last tenth, for each object elsewhere', () => {
  fc.assert(
    fc.property(fc.uuid(), (uid) => {
      const next = nextRotation(facts({ interval: '720h' }, { uid }));
      const age = (next?.at ?? 0) - at('2026-03-01T00:00:00Z');
      expect(age).toBeGreaterThan(27 * DAY - 1);
      expect(age).toBeLessThanOrEqual(30 * DAY);
      expect(nextRotation(facts({ interval: '720h' }, { uid }))).toEqual(next);
    }),
  );
});

test('ten thousand that were made in one minute spread over the last tenth', () => {
  const minutes = new Map<number, number>();
  for (let n = 0; n < 10_000; n++) {
    const next = nextRotation(facts({ interval: '720h' }, { uid: `uid-${n}` }));
    const minute = Math.floor((next?.at ?? 0) / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  expect(Math.max(...minutes.values())).toBeLessThan(20);
});

test('the time scale of tests divides an interval, and leaves a time of the day alone', () => {
  const scale = (ms: number): number => ms / 10;
  const byInterval = nextRotation(facts({ interval: '10h' }, { scale }));
  expect((byInterval?.at ?? 0) - at('2026-03-01T00:00:00Z')).toBeLessThanOrEqual(HOUR);
  expect(nextRotation(facts({ schedule: '0 3 1 * *' }, { scale }))?.at).toBe(
    nextRotation(facts({ schedule: '0 3 1 * *' }))?.at,
  );
});

describe('a schedule', () => {
  test('is the first time after the publication, at most an hour later', () => {
    const next = nextRotation(facts({ schedule: '0 3 1 * *', timeZone: 'Europe/Oslo' }));
    const first = at('2026-03-01T02:00:00Z');
    expect(next?.at).toBeGreaterThanOrEqual(first);
    expect(next?.at).toBeLessThan(first + HOUR);
  });

  test('is late by at most a tenth of its own period', () => {
    const next = nextRotation(facts({ schedule: '*/10 * * * *' }));
    expect((next?.at ?? 0) - at('2026-03-01T00:10:00Z')).toBeLessThan(60_000);
  });

  test('that was missed many times is due once: what counts is the publication', () => {
    const planned = facts({ schedule: '0 * * * *' });
    const now = at('2026-03-05T12:34:00Z');
    const next = nextRotation(planned);
    expect(next?.at).toBeLessThan(now);
    if (next) expect(mayBegin(planned, next, now)).toBe(now);
    const after = nextRotation({ ...planned, rotatedAt: now });
    expect(after?.at).toBeGreaterThanOrEqual(at('2026-03-05T13:00:00Z'));
  });

  test.each([
    [
      'spring: 02:30 does not exist, and comes after the gap',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    ['the day after it is itself again', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
    ['autumn: 02:30 comes twice, and counts once', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
  ])('with daylight saving: %s', (_, rotatedAt, expected) => {
    const next = nextRotation(
      facts({ schedule: '30 2 * * *', timeZone: 'Europe/Oslo' }, { rotatedAt: at(rotatedAt), uid: 'uid-1' }),
    );
    expect((next?.at ?? 0) - at(expected)).toBeGreaterThanOrEqual(0);
    expect((next?.at ?? 0) - at(expected)).toBeLessThan(HOUR);
  });
});

test('a schedule that never comes plans nothing, and names itself where it comes', () => {
  expect(nextRotation(unchecked(facts({}), { schedule: NEVER }))).toBeUndefined();
  expect(nextRotation(facts({ schedule: '0 3 1 * *' }))?.cause).toBe('spec.rotation.schedule says so');
  // Not all at the same minute: each somewhere in the hour after it.
  const minutes = ['a', 'b', 'c'].map((uid) => nextRotation(facts({ schedule: '0 3 1 * *' }, { uid }))?.at);
  expect(new Set(minutes).size).toBe(3);
});

describe('windows', () => {
  const nightly = { windows: [{ schedule: '0 2 * * *', duration: '4h' }] };

  test('what is due outside of them waits for the next one, what is due inside begins', () => {
    for (let n = 0; n < 200; n++) {
      const planned = facts({ interval: '240h', ...nightly }, { uid: `uid-${n}` });
      const hour = new Date(nextRotation(planned)?.at ?? 0).getUTCHours();
      expect(hour).toBeGreaterThanOrEqual(2);
      expect(hour).toBeLessThan(6);
    }
  });

  test('a missed window: the next one', () => {
    const planned = facts({ interval: '24h', ...nightly });
    const next = nextRotation(planned);
    if (!next) throw new Error('nothing is planned');
    expect(iso(next.at)?.slice(0, 16)).toBe('2026-03-02T02:00');
    expect(iso(mayBegin(planned, next, at('2026-03-02T03:00:00Z')))).toBe('2026-03-02T03:00:00.000Z');
    expect(iso(mayBegin(planned, next, at('2026-03-02T07:00:00Z')))).toBe('2026-03-03T02:00:00.000Z');
    expect(iso(next.overdueAt)?.slice(0, 16)).toBe('2026-03-02T02:10');
  });

  test('the end is not inside any more', () => {
    const planned = facts({ interval: '1m', ...nightly });
    const next = nextRotation(planned);
    if (!next) throw new Error('nothing is planned');
    expect(iso(mayBegin(planned, next, at('2026-03-02T05:59:59.999Z')))).toBe('2026-03-02T05:59:59.999Z');
    expect(iso(mayBegin(planned, next, at('2026-03-02T06:00:00Z')))).toBe('2026-03-03T02:00:00.000Z');
  });

  test('of several the first that opens; one that is longer than its period is always open', () => {
    const several = facts({
      interval: '24h',
      windows: [
        { schedule: '0 22 * * 6', duration: '1h' },
        { schedule: '0 12 * * *', duration: '30m' },
      ],
    });
    expect(iso(nextRotation(several)?.at)).toBe('2026-03-02T12:00:00.000Z');
    const late = { schedule: '0 22 * * 6', duration: '1h' };
    const soon = { schedule: '0 12 * * *', duration: '30m' };
    const never = { schedule: NEVER, duration: '30m' };
    for (const windows of [
      [soon, late],
      [never, soon],
      [soon, never],
    ])
      expect(iso(nextRotation(unchecked(facts({ interval: '24h' }), { windows }))?.at)).toBe(
        '2026-03-02T12:00:00.000Z',
      );
    const always = facts({ interval: '24h', windows: [{ schedule: '0 * * * *', duration: '2h' }] });
    expect(nextRotation(always)?.at).toBe(nextRotation(facts({ interval: '24h' }))?.at);
  });
});

test('where no window ever opens nothing is planned, and where there are none all is as without them', () => {
  const windows = [{ schedule: NEVER, duration: '1h' }];
  expect(nextRotation(unchecked(facts({ interval: '24h' }), { windows }))).toBeUndefined();
  expect(nextRotation(facts({ interval: '24h', windows: [] }))).toEqual(
    nextRotation(facts({ interval: '24h' })),
  );
});

describe('an expiry that the provider reports', () => {
  const expiring = { createdTime: at('2026-03-01T00:00:00Z'), expiryTime: at('2026-03-31T00:00:00Z') };

  test('a third of the lifetime before it, or what rotateBefore says; whichever cause is first', () => {
    expect(iso(nextRotation(facts({}, { expiring }))?.at)).toBe('2026-03-21T00:00:00.000Z');
    expect(iso(nextRotation(facts({ rotateBefore: '24h' }, { expiring }))?.at)).toBe(
      '2026-03-30T00:00:00.000Z',
    );
    expect(nextRotation(facts({ interval: '24h' }, { expiring }))?.cause).toBe(
      'spec.rotation.interval has passed',
    );
  });

  test('that is before what else is planned is the cause', () => {
    expect(nextRotation(facts({ interval: '8760h' }, { expiring }))).toMatchObject({
      at: at('2026-03-21T00:00:00Z'),
      cause: 'the credential expires',
    });
  });

  test('a window that opens before it is waited for, and one that opens in that moment is too late', () => {
    const due = at('2026-03-21T00:00:00Z');
    const windowed = (schedule: string) => {
      const planned = unchecked(facts({}, { expiring }), { windows: [{ schedule, duration: '1h' }] });
      const next = nextRotation(planned);
      if (!next) throw new Error('nothing is planned');
      return { next: next.at, begins: mayBegin(planned, next, due + 1) };
    };
    const opens = at('2026-03-25T02:00:00Z');
    expect(windowed('0 2 25 3 *')).toEqual({ next: opens, begins: opens });
    const now = due + 1;
    expect(windowed('0 0 31 3 *')).toEqual({ next: due, begins: now });
    expect(windowed(NEVER)).toEqual({ next: due, begins: now });
  });

  test('a window that was missed is waited for again where the next one opens before it, and not in that moment', () => {
    const daily = facts({ windows: [{ schedule: '0 0 * * *', duration: '1h' }] }, { expiring });
    const next = nextRotation(daily);
    if (!next) throw new Error('nothing is planned');
    const hours = (count: number): number => at('2026-03-29T00:00:00Z') + count * HOUR;
    expect(mayBegin(daily, next, hours(5))).toBe(hours(24));
    expect(mayBegin(daily, next, hours(29))).toBe(hours(29));
  });

  test('a window that opens after it is not waited for', () => {
    const planned = facts({ windows: [{ schedule: '0 0 1 6 *', duration: '1h' }] }, { expiring });
    const next = nextRotation(planned);
    expect(iso(next?.at)).toBe('2026-03-21T00:00:00.000Z');
    const now = at('2026-03-22T00:00:00Z');
    if (next) expect(mayBegin(planned, next, now)).toBe(now);
  });
});
