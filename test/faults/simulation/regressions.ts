import type { Schedule, Settings, Step } from './schedule.ts';

/** A schedule that once failed. It is kept whole: what a seed means changes with the generator. */
export interface Regression {
  readonly name: string;
  /** What was wrong, in one sentence. */
  readonly why: string;
  readonly schedule: Schedule;
}

const settings: Settings = {
  replicas: 1,
  orphanPolicy: 'Delete',
  resync: '1m',
  latencyMs: 5,
  noise: 0,
};

const created = (overlap: string): Step => ({
  at: 1_000,
  act: { do: 'create', name: 'one', spec: { scopes: ['read:invoices'], rotation: { overlap } } },
});

const regression = (name: string, why: string, ...steps: readonly Step[]): Regression => ({
  name,
  why,
  schedule: { seed: 1, settings, steps },
});

export const regressions: readonly Regression[] = [
  regression(
    'a watch that cannot be opened',
    'A connection that failed while a watch was opened looked like an abort by the caller, and the reflector ended for ever.',
    created('10s'),
    { at: 20_000, act: { do: 'outage', target: 'api', ms: 5_000 } },
    { at: 21_000, act: { do: 'cut' } },
    { at: 60_000, act: { do: 'rotate', name: 'one', token: 'after the outage' } },
  ),
  regression(
    'a new login during an outage',
    "The API server failed while the provider's changed login was read, and it was never read again.",
    created('10s'),
    { at: 20_000, act: { do: 'credential', ms: 1_500 } },
    { at: 21_000, act: { do: 'outage', target: 'api', ms: 60_000 } },
    { at: 90_000, act: { do: 'rotate', name: 'one', token: 'after the outage' } },
  ),
  regression(
    'an overlap told in whole seconds',
    'With its Secret broken an old credential was retired by the time in status, which is up to a second too early.',
    created('2m'),
    { at: 10_900, act: { do: 'rotate', name: 'one', token: 'before the hand' } },
    { at: 30_000, act: { do: 'edit-secret', name: 'one' } },
  ),
  regression(
    'a Secret without its label',
    'An object restored without status had its published credential cancelled, for the watch did not show its Secret.',
    created('5m'),
    { at: 10_000, act: { do: 'delete-secret', name: 'one' } },
    { at: 60_000, act: { do: 'outage', target: 'api', ms: 10_000 } },
    { at: 61_000, act: { do: 'restore', name: 'one' } },
    { at: 62_000, act: { do: 'unlabel-secret', name: 'one' } },
  ),
  regression(
    'an edited Secret and a lost key',
    'What the provider had refuted was read as unknown once more before each cancel, and the object turned for ever.',
    created('5m'),
    { at: 10_000, act: { do: 'rotate', name: 'one', token: 'whose answer is lost' } },
    { at: 10_035, act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 2_000 } },
    { at: 13_000, act: { do: 'edit-secret', name: 'one' } },
    { at: 14_000, act: { do: 'lose-key' } },
  ),
];
