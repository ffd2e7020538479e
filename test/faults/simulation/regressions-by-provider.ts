import type { Regression } from './regressions.ts';
import type { Settings, Step } from './schedule.ts';
import { payer } from './upstreams/plastiq.ts';
import { organizations } from './upstreams/scalekit.ts';
import type { ProviderName } from './upstreams/upstream.ts';

const settings: Settings = {
  replicas: 1,
  orphanPolicy: 'Delete',
  resync: '2m',
  latencyMs: 5,
  noise: 0,
};

const of = (
  provider: ProviderName,
  switches: NonNullable<Settings['switches']>,
  name: string,
  why: string,
  ...steps: readonly Step[]
): Regression => ({
  name,
  why,
  schedule: { seed: 1, provider, settings: { ...settings, switches }, steps },
});

const restarted = (name: string) => ({ targets: [{ kind: 'Deployment', name }] });
const create = (at: number, name: string, spec: Record<string, unknown>): Step => ({
  at,
  act: { do: 'create', name, spec: { rotation: { overlap: '10s' }, ...spec } },
});
const inOrganization = (at: number, name: string, place: 0 | 1, more: Record<string, unknown> = {}): Step =>
  create(at, name, {
    scopes: ['read:invoices'],
    organizationId: organizations[place],
    ...more,
  });
const waitingKeys: NonNullable<Settings['switches']> = {
  keyWindowMs: 60_000,
  listItems: 'summary',
  pageSizeCap: 2,
  lastPage: 'absent',
  keyOrder: 'created',
};
const lostAnswers = (at: number): Step => ({
  at,
  act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 1_000 },
});
/** While the only process is stopped. */
const wipedAndDeleted: readonly Step[] = [
  create(498, 'three', {
    rotation: { overlap: '0s' },
    restart: {
      targets: [{ kind: 'DaemonSet', selector: { matchLabels: { uses: 'three' } } }],
      discover: false,
      deadline: '1m',
    },
  }),
  { at: 4_725, act: { do: 'deploy', name: 'three', replicas: 1 } },
  { at: 462_441, act: { do: 'kill', replica: 'A', ms: 2_372 } },
  { at: 477_661, act: { do: 'stop', replica: 'A', ms: 29_528 } },
  { at: 480_277, act: { do: 'cut' } },
  { at: 483_935, act: { do: 'wipe-status', name: 'three' } },
  { at: 488_351, act: { do: 'delete-secret', name: 'three' } },
];

/** What the schedules of Scalekit, Authress and Plastiq have found. */
export const regressionsByProvider: readonly Regression[] = [
  of(
    'authress',
    {},
    'a definition that goes and comes back after a creation whose answer was lost, where the provider names clients',
    'The list from before that creation counted for the object that came back, which made a second client.',
    lostAnswers(900),
    create(1_000, 'one', {}),
    { at: 4_000, act: { do: 'definition', ms: 24_000 } },
  ),
  of(
    'authress',
    {},
    'a clock that is behind the API server when a client is published, whose object goes at once',
    'By that clock its Secret was older than the definition, so its client was kept for an object that was never to return.',
    { at: 618, act: { do: 'clock', replica: 'A', ms: -248_850 } },
    {
      at: 58_646,
      act: { do: 'brief', name: 'one-brief', spec: { rotation: { overlap: '5m' } }, ms: 10_000 },
    },
  ),
  of(
    'scalekit',
    {},
    'a creation and a rotation whose answers are lost',
    'Where a write of unknown result is taken for one that was refused, the client is made twice, and the credential that nobody holds stays.',
    lostAnswers(500),
    inOrganization(600, 'one', 0),
    { at: 90_000, act: { do: 'rotate', name: 'one', token: 'once' } },
    lostAnswers(90_020),
  ),
  of(
    'stytch',
    { readLagMs: 25_000 },
    'a client that is not shown yet, and a person who asks for a look',
    'A client that neither a look nor a list showed for its first 25 seconds was made a second time, under another id, and the Secret moved to it.',
    create(1_000, 'one', { scopes: ['read:invoices'] }),
    { at: 3_000, act: { do: 'look', name: 'one', token: 'at once' } },
  ),
  of(
    'scalekit',
    { readLagMs: 50_000 },
    'a client that is not shown yet, and whose creation was not answered',
    'A list that began when the creation was settled did not show the client yet, and another one was made.',
    inOrganization(1_000, 'one', 0),
    inOrganization(500, 'two', 0),
    lostAnswers(1_000),
  ),
  of(
    'scalekit',
    { readLagMs: 25_000 },
    'a client that is not shown yet, whose operation a person removes and then asks for a look',
    'Only the operation said how young the client was: without it another one was made, and the Secret moved to it.',
    inOrganization(2_000, 'one', 0),
    { at: 16_000, act: { do: 'wipe-operation', name: 'one' } },
    { at: 17_000, act: { do: 'look', name: 'one', token: 'at once' } },
  ),
  of(
    'scalekit',
    {},
    'a first secret that was lost, and workloads that are restarted',
    'The gate waited for a restart that nobody began, for nothing had been published before: the lost secret stayed for ever.',
    { at: 500, act: { do: 'deploy', name: 'one', replicas: 1 } },
    // The list that comes first gets its answer.
    inOrganization(1_000, 'one', 0, { restart: restarted('one-app') }),
    inOrganization(500, 'two', 0),
    lostAnswers(1_000),
  ),
  of(
    'scalekit',
    {},
    'a lost secret that waits for a workload that is not there',
    'Status said that no rotation was under way, so nobody could know what the lost secret waited for.',
    inOrganization(1_000, 'one', 0, { restart: restarted('nobody') }),
    { at: 60_000, act: { do: 'rotate', name: 'one', token: 'whose answer is lost' } },
    { at: 60_035, act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 1_000 } },
  ),
  of(
    'scalekit',
    {},
    'much lost at once, in two organizations',
    'The clients of one organization were made anew before those of the other were known to be gone, too.',
    inOrganization(1_000, 'one', 0),
    inOrganization(60_000, 'two', 1),
    inOrganization(60_000, 'three', 1),
    { at: 130_000, act: { do: 'wipe-clients' } },
  ),
  of(
    'scalekit',
    {},
    'suspended, and the operator starts again',
    'Before its organization was listed nothing was seen of the client, and that was said of it for as long as it was suspended.',
    inOrganization(1_000, 'one', 0),
    inOrganization(2_000, 'two', 1, { suspend: false }),
    { at: 20_000, act: { do: 'edit', name: 'one', spec: { suspend: true } } },
    { at: 20_000, act: { do: 'edit', name: 'two', spec: { suspend: true } } },
  ),
  {
    name: 'a creation that arrives when its object, and the operator that sent it, are gone',
    why: 'The next operator listed its organization once, saw nothing in it yet, and never listed it again.',
    schedule: {
      seed: 247,
      provider: 'scalekit',
      settings: { ...settings, resync: '1m' },
      steps: [
        { at: 5_174, act: { do: 'loss', target: 'upstream', what: 'late', share: 0.727, ms: 17_476 } },
        {
          at: 7_480,
          act: {
            do: 'brief',
            name: 'one-brief',
            spec: { scopes: ['admin'], organizationId: organizations[0] },
            ms: 100,
          },
        },
        { at: 9_557, act: { do: 'term', replica: 'A', ms: 8_495 } },
      ],
    },
  },
  {
    name: 'what the Secret holds is removed in the console, between the last read and the fence',
    why: 'The simulation took the removal of the old credential, which was due, for one that made room.',
    schedule: {
      seed: 1,
      provider: 'scalekit',
      settings: { ...settings, latencyMs: 2_000 },
      steps: [
        inOrganization(1_000, 'two', 0, { rotation: { overlap: '10s', verification: 'Never' } }),
        { at: 60_000, act: { do: 'rotate', name: 'two', token: 'a' } },
        { at: 103_000, act: { do: 'console', name: 'two', what: 'drop-newest' } },
      ],
    },
  },
  of(
    'authress',
    { listItems: 'summary' },
    'a list of names alone, and the operator starts again',
    'A list that shows no keys unsaid that one of them is somebody else’s.',
    create(1_000, 'one', {}),
    { at: 100_000, act: { do: 'console', name: 'one', what: 'add' } },
    { at: 110_000, act: { do: 'look', name: 'one', token: 'for the key' } },
  ),
  of(
    'authress',
    { listItems: 'summary' },
    'a list of names alone, and somebody takes a key away and changes the name',
    'Each list took the client for gone and each look found it, so what was lost counted as lost anew each time.',
    create(519, 'one', { rotation: { overlap: '10s', schedule: '* * * * *' } }),
    { at: 79_403, act: { do: 'console', name: 'one', what: 'change' } },
    { at: 81_062, act: { do: 'console', name: 'one', what: 'drop-newest' } },
    { at: 83_747, act: { do: 'loss', target: 'upstream', what: 'after', share: 1, ms: 20_000 } },
  ),
  {
    name: 'a list of names alone, and somebody changes one before it was listed',
    why: 'The process that had made it died before it wrote that down, and the next one made a second client.',
    schedule: {
      seed: 717,
      provider: 'authress',
      settings: {
        replicas: 2,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 2_000,
        noise: 0.02,
        switches: {
          keyDelayMs: 300000,
          keyWindowMs: 0,
          listItems: 'summary',
          pageSizeCap: 2,
          lastPage: 'empty',
          keyOrder: 'created',
          retryAfter: 'present',
          readLagMs: 25000,
        },
      },
      steps: [
        create(899, 'one', { rotation: { overlap: '5m' } }),
        create(2_596, 'three', { rotation: { overlap: '2m' } }),
        { at: 48_775, act: { do: 'console', name: 'three', what: 'change' } },
      ],
    },
  },
  {
    name: 'a list of names alone, and a key is made by a call that was given up',
    why: 'What was known of the client was older than the key, which nobody read or removed after that.',
    schedule: {
      seed: 345,
      provider: 'authress',
      settings: {
        replicas: 1,
        orphanPolicy: 'Delete',
        resync: '2m',
        latencyMs: 5,
        noise: 0.08,
        watchesPlans: false,
        switches: {
          keyDelayMs: 0,
          keyWindowMs: 0,
          listItems: 'summary',
          pageSizeCap: 20,
          lastPage: 'empty',
          keyOrder: 'newest-first',
          retryAfter: 'present',
          readLagMs: 0,
        },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 4916,
          act: {
            do: 'create',
            name: 'five',
            spec: {
              credential: { type: 'KeyPair' },
              rotation: { overlap: '45s' },
              restart: {
                targets: [{ kind: 'Deployment', selector: { matchLabels: { uses: 'five' } } }],
                discover: false,
                deadline: '5s',
              },
            },
          },
          namespace: 'others',
        },
        {
          at: 23536,
          act: {
            do: 'create',
            name: 'four',
            spec: { credential: { type: 'KeyPair' }, rotation: { overlap: '10s', interval: '4m' } },
          },
          namespace: 'others',
        },
        { at: 769254, act: { do: 'delete', name: 'four' } },
      ],
    },
  },
  {
    name: 'a list of names alone, and a login that is replaced while a key is proven',
    why: 'The status went on naming the former key as the current one, which passed for rest, and that key stayed.',
    schedule: {
      seed: 2770,
      provider: 'authress',
      settings: {
        replicas: 1,
        orphanPolicy: 'Delete',
        resync: '1m',
        latencyMs: 5,
        noise: 0,
        watchesPlans: false,
        switches: {
          keyDelayMs: 300000,
          keyWindowMs: 0,
          listItems: 'summary',
          pageSizeCap: 2,
          lastPage: 'empty',
          keyOrder: 'newest-first',
          retryAfter: 'absent',
          readLagMs: 0,
        },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 1031,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              rotation: {
                overlap: '45s',
                schedule: '*/3 * * * *',
                timeZone: 'Europe/Oslo',
                windows: [{ schedule: '30 2 * * *', duration: '3m' }],
              },
              restart: { discover: true, deadline: '30m' },
            },
          },
        },
        { at: 11109, act: { do: 'rotate', name: 'one', token: 't613435' } },
        { at: 13263, act: { do: 'credential', ms: 15683 } },
      ],
    },
  },
  {
    name: 'an object that nothing held goes, and the next leader has never listed its organization',
    why: 'It knew of the deletion, found nothing in what it had listed, and so nobody ever saw what was left.',
    schedule: {
      seed: 66778074,
      provider: 'scalekit',
      settings: {
        replicas: 2,
        orphanPolicy: 'Report',
        resync: '2m',
        latencyMs: 5,
        noise: 0,
        watchesPlans: false,
        switches: {
          managementTokenSeconds: 86399,
          listLagMs: 0,
          zeroValues: 'print',
          emptyInPatch: 'clear',
          createStatus: 201,
          readLagMs: 0,
        },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 6592,
          act: {
            do: 'brief',
            name: 'one-brief',
            spec: {
              scopes: ['admin'],
              organizationId: 'org_70000000000000002',
              displayName: 'Client 6',
              rotation: { overlap: '0s', schedule: '* * * * *', timeZone: 'Asia/Kolkata' },
              restart: {
                targets: [{ kind: 'Deployment', name: 'one-brief-app' }],
                discover: false,
                deadline: '30m',
              },
            },
            ms: 10000,
          },
        },
        { at: 7592, act: { do: 'kill', replica: 'A', ms: 8098 } },
      ],
    },
  },
  {
    name: 'two provider objects of one account, an orphan in the namespace of one, and the operator starts again',
    why: 'The orphan was looked for before its provider object had joined, so the status said for one list that there was none.',
    schedule: {
      seed: 219430969,
      settings: {
        replicas: 2,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 5,
        noise: 0,
        watchesPlans: false,
        holdsDeletions: false,
      },
      steps: [
        { at: 105356, act: { do: 'outage', target: 'api', ms: 8193 } },
        {
          at: 124112,
          act: {
            do: 'create',
            name: 'two',
            spec: {
              scopes: ['read:invoices', 'write:invoices'],
              deletionPolicy: 'Retain',
              rotation: { overlap: '5m' },
            },
          },
        },
        {
          at: 124112,
          act: {
            do: 'create',
            name: 'two',
            spec: { scopes: ['read:invoices'], deletionPolicy: 'Retain', rotation: { overlap: '0s' } },
          },
          namespace: 'others',
        },
        {
          at: 170685,
          act: {
            do: 'brief',
            name: 'two-brief',
            spec: {
              scopes: [],
              displayName: 'Client 3',
              deletionPolicy: 'Retain',
              rotation: {
                overlap: '0s',
                schedule: '17 * * * *',
                timeZone: 'Europe/Oslo',
                windows: [{ schedule: '*/10 * * * *', timeZone: 'Asia/Kolkata', duration: '1m' }],
              },
            },
            ms: 10000,
          },
        },
        { at: 171728, act: { do: 'stick', name: 'one', ms: 194462 }, namespace: 'others' },
      ],
      provider: 'stytch',
    },
  },
  of(
    'authress',
    { listItems: 'summary' },
    'a list of names alone, and somebody changes one',
    'A client that stays known whatever its name is was taken for as it was, and had its name back only after a restart.',
    create(2_171, 'two', { credential: { type: 'KeyPair' } }),
    { at: 14_563, act: { do: 'console', name: 'two', what: 'change' } },
  ),
  of(
    'authress',
    { keyDelayMs: 300_000 },
    'a lost integrity key while a new key is not accepted yet',
    'A key that was younger than its proof time was taken for refuted, and another one was made and published unproven.',
    create(1_000, 'one', {}),
    { at: 20_000, act: { do: 'lose-key' } },
  ),
  {
    name: 'a client is removed in the console, between the answer to a key pair and its publication',
    why: 'Of a key pair that no Secret had shown yet the simulation did not know who had ended it, and blamed the operator.',
    schedule: {
      seed: 1,
      provider: 'authress',
      settings: { ...settings, latencyMs: 2_000 },
      steps: [
        create(1_000, 'one', { credential: { type: 'KeyPair' } }),
        { at: 27_000, act: { do: 'console', name: 'one', what: 'delete' } },
      ],
    },
  },
  {
    name: 'much lost at once while a new key waits to be accepted',
    why: 'The refusal of the key put its client back as it had been minutes before: so not all were lost, and the others were created anew.',
    schedule: {
      seed: 188,
      provider: 'authress',
      settings: { ...settings, replicas: 2, orphanPolicy: 'Report', latencyMs: 400, switches: waitingKeys },
      steps: [
        create(91, 'three', { displayName: 'Client 9', rotation: { overlap: '10s', interval: '2m' } }),
        create(527, 'two', { customMetadata: { team: 't3' } }),
        create(807, 'five', {
          rotation: { overlap: '10s', interval: '1m' },
          restart: {
            targets: [{ kind: 'Deployment', selector: { matchLabels: { uses: 'five' } } }],
            discover: false,
            deadline: '1m',
          },
        }),
        create(945, 'one', {
          deletionPolicy: 'Retain',
          rotation: { overlap: '10s', verification: 'Never' },
        }),
        { at: 118_512, act: { do: 'kill', replica: 'A', ms: 20_138 } },
        { at: 119_292, act: { do: 'outage', target: 'api', ms: 21_825 } },
        { at: 282_462, act: { do: 'console', name: 'three', what: 'delete' } },
        { at: 404_120, act: { do: 'wipe-clients' } },
      ],
    },
  },
  of(
    'authress',
    {},
    'objects that are back with their definition, and whose finalizer is refused',
    'What the API server refuses left Ready as it is, and so it was said of an object that nothing kept from going without its client.',
    create(1_889, 'two', { rotation: { overlap: '5m' } }),
    { at: 261_881, act: { do: 'definition', ms: 47_853 } },
    { at: 304_788, act: { do: 'refuse', what: 'finalizer', status: 403, ms: 117_134 } },
  ),
  of(
    'plastiq',
    {},
    'a former Secret, and secrets that end sooner than the overlap',
    'Each new secret began the overlap of the former Secret anew, so it stayed for ever.',
    create(1_000, 'one', {
      plastiq: { version: 'V1', payerId: payer, endUser: { deviceId: 'one' } },
      rotation: { overlap: '5m' },
    }),
    { at: 10_000, act: { do: 'rename-secret', name: 'one', to: 'one-new' } },
  ),
  {
    name: 'secrets of a minute, and consumers that take long to look at',
    why: 'A look that began shortly before the next secret was due took so long that the one in the Secret ended first.',
    schedule: {
      seed: 9,
      provider: 'plastiq',
      settings: { ...settings, latencyMs: 2_000 },
      steps: [
        create(698, 'four', {
          plastiq: { version: 'V1', payerId: payer, endUser: { deviceId: 'four' } },
          rotation: { overlap: '45s' },
          restart: {
            targets: [
              { kind: 'Deployment', name: 'four-app' },
              { kind: 'Deployment', selector: { matchLabels: { uses: 'four' } } },
            ],
            discover: true,
            deadline: '1m',
          },
        }),
      ],
    },
  },
  {
    name: 'the integrity key is lost while a publication is on its way',
    why: 'The simulation took when it had arrived for when it was signed, and its replacement for one that was not due.',
    schedule: {
      seed: 417,
      provider: 'plastiq',
      settings: { ...settings, replicas: 2, latencyMs: 2_000, noise: 0.02 },
      steps: [
        create(723, 'four', {
          plastiq: { version: 'V2', payerId: payer, endUser: { deviceId: 'four' } },
          rotation: { overlap: '45s', interval: '1m' },
        }),
        create(2_756, 'three', {
          plastiq: { version: 'V2', payerId: payer, endUser: { deviceId: 'three' } },
          rotation: { overlap: '2m', verification: 'Never', schedule: '17 * * * *', timeZone: 'Europe/Oslo' },
        }),
        { at: 57_767, act: { do: 'lose-key' } },
      ],
    },
  },
  of(
    'plastiq',
    {},
    'the integrity key is lost, and the clock was set since the last publication',
    'The simulation reckoned by the clock as it is now when that publication had left, and took its replacement for one that was not due.',
    create(2_365, 'two', {
      plastiq: { version: 'V2', payerId: payer, endUser: { deviceId: 'two' } },
      rotation: { overlap: '5m', interval: '2m' },
      restart: {
        targets: [{ kind: 'StatefulSet', selector: { matchLabels: { uses: 'two' } } }],
        discover: false,
        deadline: '1m',
      },
    }),
    { at: 666_442, act: { do: 'clock', replica: 'A', ms: -209_435 } },
    { at: 743_495, act: { do: 'lose-key' } },
  ),
  {
    name: 'the clock is set between the look at it and the fence of a rotation that was due',
    why: 'The simulation knew the clock of the moment of the fence alone, by which the rotation was not due any more.',
    schedule: {
      seed: 2_532,
      provider: 'plastiq',
      settings: { ...settings, latencyMs: 2_000 },
      steps: [
        create(160, 'one', {
          plastiq: { version: 'V1', payerId: payer, endUser: { deviceId: 'one' } },
          deletionPolicy: 'Retain',
          rotation: { overlap: '10s', verification: 'Never' },
        }),
        {
          at: 9_745,
          act: { do: 'loss', target: 'api', what: 'late', share: 0.326_361_410_506_069_7, ms: 15_777 },
        },
        { at: 350_754, act: { do: 'clock', replica: 'A', ms: -472_552 } },
      ],
    },
  },
  of(
    'authress',
    { listItems: 'summary', pageSizeCap: 2, lastPage: 'empty', keyOrder: 'newest-first' },
    'a value that was never stored, while foreign credentials take all room',
    'No new credential could be made, and nothing said why: the object waited without a word, until somebody looked.',
    create(2_427, 'one', { rotation: { overlap: '2m' } }),
    { at: 92_345, act: { do: 'console', name: 'one', what: 'fill' } },
    { at: 93_793, act: { do: 'edit', name: 'one', spec: { credential: { type: 'KeyPair' } } } },
  ),
  {
    name: 'the fence of a mint has no answer, and is there all the same',
    why: 'The simulation did not know that whoever raised it has sent nothing behind it, and took the next mint for a second one.',
    schedule: {
      seed: 2_472,
      provider: 'authress',
      settings: {
        ...settings,
        replicas: 2,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 400,
        noise: 0.02,
        watchesPlans: true,
        switches: {
          keyDelayMs: 40_000,
          keyWindowMs: 0,
          listItems: 'full',
          pageSizeCap: 20,
          lastPage: 'null',
          keyOrder: 'newest-first',
          retryAfter: 'absent',
          readLagMs: 0,
        },
      },
      steps: [
        create(1_238, 'one', {
          rotation: { overlap: '45s' },
          restart: {
            targets: [
              { kind: 'Deployment', selector: { matchLabels: { uses: 'one' } } },
              { kind: 'Deployment', name: 'nobody' },
            ],
            discover: false,
            deadline: '1m',
          },
        }),
        { at: 4_414, act: { do: 'kill', replica: 'B', ms: 17_635 } },
        {
          at: 8_954,
          act: { do: 'loss', target: 'api', what: 'after', share: 0.797_795_641_377_095_6, ms: 24_889 },
        },
        {
          at: 380_646,
          act: { do: 'loss', target: 'api', what: 'late', share: 0.388_009_637_570_94, ms: 22_009 },
        },
        { at: 710_220, act: { do: 'rotate', name: 'one', token: 't698117' } },
        {
          at: 710_509,
          act: { do: 'storm', target: 'api', status: 500, share: 0.446_241_826_913_319_6, ms: 5_010 },
        },
      ],
    },
  },
  {
    name: 'a client whose name somebody changes before it is written down which one it is, and a process that is killed',
    why: 'A list of names showed no client of the object, and nothing else named the one that was made: there was a second one.',
    schedule: {
      seed: 279,
      provider: 'authress',
      settings: {
        ...settings,
        orphanPolicy: 'Report',
        resync: '1m',
        latencyMs: 400,
        switches: { keyDelayMs: 300_000, listItems: 'summary', pageSizeCap: 2, readLagMs: 25_000 },
      },
      steps: [
        create(1_908, 'one', { rotation: { overlap: '0s' } }),
        { at: 5_238, act: { do: 'console', name: 'one', what: 'change' } },
        { at: 5_283, act: { do: 'kill', replica: 'A', ms: 1_000 } },
      ],
    },
  },
  of(
    'authress',
    { keyWindowMs: 60_000 },
    'a person wipes the status and deletes the first Secret while the watches of a living process are cut',
    'What it had known of both was forgotten: the credential of the pods counted as one that never was in a Secret.',
    ...wipedAndDeleted,
  ),
  of(
    'authress',
    { keyWindowMs: 60_000 },
    'the same, and the process ends before it has seen any of it',
    'The simulation did not know that nobody can tell then (limit c), where credentials are deleted by their id.',
    ...wipedAndDeleted,
    { at: 493_413, act: { do: 'kill', replica: 'A', ms: 16_248 } },
  ),
  {
    name: 'an organization that loses its last object the moment before the leader ends',
    why: 'Nothing said any more that it is to be listed, so what an earlier object had left in it was not reported.',
    schedule: {
      seed: 2416,
      provider: 'scalekit',
      settings: {
        ...settings,
        replicas: 2,
        orphanPolicy: 'Report',
        resync: '3m',
        noise: 0.02,
        switches: { listLagMs: 3_000 },
      },
      steps: [
        inOrganization(87, 'two', 0, { rotation: { overlap: '5m', interval: '1m' } }),
        inOrganization(1_606, 'one', 1, {
          deletionPolicy: 'Retain',
          rotation: { overlap: '5m', verification: 'Never' },
        }),
        {
          at: 9_392,
          act: {
            do: 'brief',
            name: 'one-brief',
            spec: {
              scopes: ['read:invoices'],
              organizationId: organizations[0],
              deletionPolicy: 'Retain',
              rotation: { overlap: '0s', verification: 'Never' },
            },
            ms: 30,
          },
        },
        { at: 879_936, act: { do: 'delete', name: 'two' } },
        { at: 881_686, act: { do: 'lag', resource: '*', lagMs: 7_269, ms: 20_135 } },
        { at: 889_948, act: { do: 'term', replica: 'A', ms: 1_572 } },
      ],
    },
  },
  of(
    'scalekit',
    {},
    'a deletion that was not sent, of an object that then goes with its definition, and whose Secret somebody deletes',
    'The simulation took the removal of the orphan for the call that its fence had given up long before.',
    inOrganization(1_127, 'three', 0),
    { at: 1_100_406, act: { do: 'slow', ms: 176_269 } },
    { at: 1_140_077, act: { do: 'delete', name: 'three' } },
    { at: 1_148_972, act: { do: 'definition', ms: 34_083 } },
  ),
  {
    name: 'a client that was adopted with its Secret, whose object comes back from a backup, and that another cluster takes over',
    why: 'Who asked for a look, as the message says, was answered nothing: the Secret was of the object before the backup.',
    schedule: {
      seed: 400,
      provider: 'scalekit',
      settings: { ...settings, resync: '1m', switches: {} },
      steps: [
        {
          at: 24_321,
          act: {
            do: 'adopt',
            name: 'one',
            spec: {
              scopes: ['read:invoices'],
              organizationId: organizations[0],
              rotation: { overlap: '10s' },
            },
            beside: 'secret',
          },
        },
        { at: 416_552, act: { do: 'restore', name: 'one' } },
        { at: 449_613, act: { do: 'edit', name: 'one', spec: { accessTokenLifetime: '10m' } } },
        { at: 896_773, act: { do: 'rival', name: 'one' } },
      ],
    },
  },
  {
    name: 'a mass deletion while the provider is down',
    why: 'What needs no provider to be removed was not held: the Secrets of many objects went without a question.',
    schedule: {
      seed: 20,
      provider: 'plastiq',
      settings: { ...settings, holdsDeletions: true },
      steps: [
        ...Array.from({ length: 11 }, (_, index) => {
          const name = `of-many-${index}`;
          return create(1_000, name, {
            plastiq: { version: 'V2', payerId: payer, endUser: { deviceId: name } },
          });
        }),
        { at: 12_000, act: { do: 'outage', target: 'upstream', ms: 60_000 } },
        { at: 20_000, act: { do: 'rotate', name: 'of-many-0', token: 'that meets the outage' } },
        { at: 60_000, act: { do: 'delete-all' } },
      ],
    },
  },
];
