import { regressionsByProvider } from './regressions-by-provider.ts';
import { regressionsOfKeycloak } from './regressions-keycloak.ts';
import type { Schedule, Settings, Step } from './schedule.ts';
import { payer } from './upstreams/plastiq.ts';

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

const restarted = (at: number): Step => ({
  at,
  act: {
    do: 'create',
    name: 'one',
    spec: {
      scopes: ['read:invoices'],
      rotation: { overlap: '10s' },
      restart: { targets: [{ kind: 'Deployment', name: 'one-app' }] },
    },
  },
});

const slow: Settings = { ...settings, latencyMs: 2_000 };
/** It is looked at from 40 s on, and fenced at 47.6 s. */
const startedInTheConsole: readonly Step[] = [
  created('10s'),
  { at: 40_000, act: { do: 'rotate', name: 'one', token: 'once' } },
  { at: 44_000, act: { do: 'console', name: 'one', what: 'start' } },
];

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
  regression(
    'a delete that comes late, after the client was let go',
    'Not wrong: limit e. The observer took it for a write to a client of somebody else.',
    created('10s'),
    { at: 62_547, act: { do: 'loss', target: 'upstream', what: 'late', share: 1, ms: 27_754 } },
    { at: 69_695, act: { do: 'delete', name: 'one' } },
    { at: 72_343, act: { do: 'edit', name: 'one', spec: { deletionPolicy: 'Retain' } } },
  ),
  {
    name: 'a Secret on its way',
    why: 'The overlap was counted from when the Secret was sent: who read it just before it arrived was cut off too early.',
    schedule: {
      seed: 1,
      settings: { ...settings, latencyMs: 2_000 },
      steps: [
        created('10s'),
        ...[40_000, 90_000, 140_000, 190_000].map(
          (at): Step => ({ at, act: { do: 'rotate', name: 'one', token: `at ${at}` } }),
        ),
      ],
    },
  },
  {
    name: 'a rejection that a user wrote over',
    why: 'That a start was refused was not recorded, for a user had written the object: a rotation of the console was cancelled as our own.',
    schedule: {
      seed: 1_220,
      settings: { replicas: 1, orphanPolicy: 'Delete', resync: '3m', latencyMs: 5, noise: 0.08 },
      steps: [
        {
          at: 63_950,
          act: { do: 'create', name: 'one', spec: { scopes: ['admin'], rotation: { overlap: '45s' } } },
        },
        { at: 73_711, act: { do: 'rotate', name: 'one', token: 't563786' } },
        { at: 75_956, act: { do: 'edit', name: 'one', spec: { description: 'edited 1' } } },
        { at: 78_475, act: { do: 'console', name: 'one', what: 'start' } },
      ],
    },
  },
  regression(
    'a workload that was restarted for a former object',
    'A MachineClient that is made again begins at version 1 once more: its workload was taken for restarted, and cut off.',
    restarted(1_000),
    { at: 2_000, act: { do: 'deploy', name: 'one', replicas: 1 } },
    { at: 20_000, act: { do: 'rotate', name: 'one', token: 'of the former' } },
    { at: 120_000, act: { do: 'delete', name: 'one' } },
    restarted(150_000),
    { at: 170_000, act: { do: 'lose-pod', name: 'one' } },
    { at: 200_000, act: { do: 'rotate', name: 'one', token: 'of the second' } },
    { at: 300_000, act: { do: 'look', name: 'one', token: 'until it is retired' } },
  ),
  regression(
    'a Secret deleted while the former one is kept',
    'After a rename the former Secret was taken for what consumers use, and what was published last was cancelled.',
    created('2m'),
    { at: 20_000, act: { do: 'rename-secret', name: 'one', to: 'one-new' } },
    { at: 30_000, act: { do: 'rotate', name: 'one', token: 'after the rename' } },
    { at: 60_000, act: { do: 'delete-secret', name: 'one' } },
  ),
  {
    name: 'much lost at once, and one of it renamed',
    why: 'The mass guard looked at the former Secret, took the object for lost long ago, and let it be created anew.',
    schedule: {
      seed: 4_251,
      settings: { replicas: 1, orphanPolicy: 'Delete', resync: '3m', latencyMs: 5, noise: 0.02 },
      steps: [
        {
          at: 348,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              scopes: ['admin'],
              displayName: 'Client 4',
              rotation: { overlap: '10s' },
              restart: {
                targets: [
                  { kind: 'Deployment', name: 'one-app' },
                  { kind: 'Deployment', selector: { matchLabels: { uses: 'one' } } },
                ],
                discover: false,
                deadline: '1m',
              },
            },
          },
        },
        {
          at: 824,
          act: {
            do: 'create',
            name: 'three',
            spec: {
              scopes: ['read:invoices', 'write:invoices'],
              displayName: 'Client 6',
              deletionPolicy: 'Retain',
              rotation: { overlap: '10s' },
              restart: {
                targets: [{ kind: 'DaemonSet', selector: { matchLabels: { uses: 'three' } } }],
                discover: true,
                deadline: '30m',
              },
            },
          },
        },
        { at: 1715, act: { do: 'deploy', name: 'two', replicas: 2 } },
        {
          at: 2761,
          act: {
            do: 'create',
            name: 'two',
            spec: {
              scopes: ['read:invoices'],
              rotation: { overlap: '45s', schedule: '* * * * *' },
              restart: { discover: true, deadline: '30m' },
            },
          },
        },
        { at: 580662, act: { do: 'rename-secret', name: 'two', to: 'two-new' } },
        { at: 703664, act: { do: 'wipe-clients' } },
      ],
    },
  },
  regression(
    'a Secret that is put back while the watch lags, and the old credential is about to be retired',
    'Without the live read of the Secret before a revocation, the credential that was put back is ended. And an object whose copy was older than what the API server had looked at its client twenty times a second, until the watch had come so far.',
    created('10s'),
    { at: 20_000, act: { do: 'rotate', name: 'one', token: 'before the backup' } },
    { at: 24_000, act: { do: 'lag', resource: 'secrets', lagMs: 60_000, ms: 120_000 } },
    { at: 28_000, act: { do: 'restore-secret', name: 'one' } },
  ),
  {
    name: 'a fence is refused, and its object goes and comes back with its definition',
    why: 'The simulation counted what was refused to the object before it for the new one, which was refused for the first time a moment ago.',
    schedule: {
      seed: 379,
      settings: { ...settings, orphanPolicy: 'Report', resync: '3m', latencyMs: 2_000 },
      steps: [
        {
          at: 2_485,
          act: { do: 'create', name: 'one', spec: { scopes: ['admin'], rotation: { overlap: '5m' } } },
        },
        { at: 7_498, act: { do: 'refuse', what: 'fence', status: 403, ms: 105_959 } },
        { at: 43_332, act: { do: 'definition', ms: 54_946 } },
        // The refusal ends by itself.
        { at: 120_000, act: { do: 'look', name: 'one', token: 'after the refusal' } },
      ],
    },
  },
  {
    name: 'much lost at once, and one of it had lost its Secret before',
    why: 'A list from before all clients went counted as seen, for the object was affected already: it was created anew.',
    schedule: {
      seed: 1,
      settings: { ...settings, resync: '3m' },
      steps: [
        created('5m'),
        ...['two', 'three'].map(
          (name): Step => ({
            at: 2_000,
            act: { do: 'create', name, spec: { rotation: { overlap: '10s' } } },
          }),
        ),
        { at: 20_000, act: { do: 'rotate', name: 'one', token: 'before the hand' } },
        { at: 40_000, act: { do: 'delete-secret', name: 'one' } },
        { at: 252_000, act: { do: 'wipe-clients' } },
      ],
    },
  },
  regression(
    'a definition that goes and comes back after a creation whose answer was lost',
    'The list from before that creation counted for the object that came back: it made a second client, and took the first one for that of another cluster.',
    { at: 900, act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 1_000 } },
    created('10s'),
    { at: 4_000, act: { do: 'definition', ms: 24_000 } },
  ),
  {
    name: 'a rotation of the console, and a fence that is there and was not answered',
    why: 'Its process knew that the start had never left, and did not write it down: the rotation that somebody else had opened counted as that start, and was cancelled.',
    schedule: {
      seed: 1,
      settings: slow,
      steps: [
        ...startedInTheConsole,
        { at: 45_800, act: { do: 'loss', target: 'api', what: 'after', share: 1, ms: 2_000 } },
      ],
    },
  },
  {
    name: 'a rotation of the console, and a process that ends between its fence and its start',
    why: 'Not wrong: limit b. Nobody is left who knows that the start has not left; the judge did not look for what was opened between the look and the fence.',
    schedule: {
      seed: 1,
      settings: slow,
      steps: [...startedInTheConsole, { at: 48_000, act: { do: 'kill', replica: 'A', ms: 2_000 } }],
    },
  },
  {
    name: 'etcd is put back to before the finalizer, and a status is on its way',
    why: 'The simulation held the operator to a finalizer that it had set in a history that did not happen.',
    schedule: {
      seed: 443,
      provider: 'plastiq',
      settings: {
        ...settings,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 2_000,
        noise: 0.08,
        switches: { createStatus: 201, errorShape: '2021', secretPrefix: '' },
      },
      steps: [
        { at: 936, act: { do: 'stop', replica: 'A', ms: 19_825 } },
        { at: 2_147, act: { do: 'deploy', name: 'one', replicas: 1 } },
        {
          at: 2_587,
          act: {
            do: 'create',
            name: 'two',
            spec: {
              plastiq: { version: 'V1', payerId: payer, endUser: { deviceId: 'two' } },
              rotation: { overlap: '45s', interval: '4m' },
            },
          },
        },
        {
          at: 2_993,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              plastiq: { version: 'V2', payerId: payer, endUser: { deviceId: 'one' } },
              rotation: { overlap: '0s' },
            },
          },
        },
        { at: 3_314, act: { do: 'deploy', name: 'two', replicas: 1 } },
        { at: 7_360, act: { do: 'rotate', name: 'one', token: 'before the backup' } },
        { at: 52_107, act: { do: 'etcd-restore', ms: 27_434 } },
      ],
    },
  },
  ...regressionsByProvider,
  ...regressionsOfKeycloak,
];
