import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../api/conditions.ts';
import { annotations } from '../api/group.ts';
import { listOf, sortReports } from './list.ts';
import { type Gathered, reportOf } from './report.ts';
import { painter } from './terminal.ts';
import { drawTree, treeOf } from './tree.ts';
import type { MachineClientWire, ProviderWire } from './wire.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const at = (seconds: number): string => `${new Date(NOW + seconds * 1000).toISOString().slice(0, 19)}Z`;
const HOUR = 3600;
const DAY = 24 * HOUR;

const condition = (type: string, status: Condition['status'], reason: string, message = ''): Condition => ({
  type,
  status,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime: at(-DAY),
});
const calm = [
  condition('Ready', 'True', 'Ready'),
  condition('Reconciling', 'False', 'Idle'),
  condition('Stalled', 'False', 'Idle'),
  condition('ClientSynced', 'True', 'Synced'),
  condition('SecretPublished', 'True', 'Published'),
  condition('CredentialVerified', 'Unknown', 'Idle'),
  condition('RotationInProgress', 'False', 'Idle'),
  condition('RotationOverdue', 'False', 'Idle'),
  condition('Drifted', 'False', 'InSync'),
];
/** The calm ones, with these in the place of those of their type. */
const but = (...changed: readonly Condition[]): readonly Condition[] => [
  ...calm.filter(({ type }) => !changed.some((one) => one.type === type)),
  ...changed,
];

const meta = (name: string, annotations = {}) => ({
  name,
  namespace: 'payments',
  uid: 'u',
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: at(-30 * DAY),
  annotations,
});
const client = (
  name: string,
  conditions: readonly Condition[],
  more: { spec?: MachineClientWire['spec']; status?: object; metadata?: object } = {},
): MachineClientWire => ({
  apiVersion: 'machine-client.dev/v1beta1',
  kind: 'MachineClient',
  metadata: { ...meta(name), ...more.metadata },
  spec: { providerRef: { kind: 'IdentityProvider', name: 'stytch' }, ...more.spec },
  status: {
    observedGeneration: 1,
    conditions: [...conditions],
    clientId: 'mco-1',
    secretVersion: 4,
    ...more.status,
  },
});
const provider: ProviderWire = {
  apiVersion: 'machine-client.dev/v1beta1',
  kind: 'IdentityProvider',
  metadata: meta('stytch'),
  status: { account: 'stytch/project-1', conditions: [condition('Ready', 'True', 'AccountReachable')] },
};
const secret = {
  metadata: meta('billing', { [annotations.secretVersion]: '4', [annotations.publishedAt]: at(-3 * HOUR) }),
};
const plain = painter(false);
const tree = (gathered: Partial<Gathered> & Pick<Gathered, 'object'>): string =>
  treeOf(reportOf({ provider, secret, consumers: [], ...gathered }, NOW), NOW, plain);

test('branches', () => {
  const drawn = drawTree({
    text: 'root',
    children: [
      { text: 'a', children: [{ text: 'a1' }, { text: 'a2' }] },
      { text: 'b', children: [{ text: 'b1' }] },
    ],
  });
  expect(drawn).toEqual(['root', '├─ a', '│  ├─ a1', '│  └─ a2', '└─ b', '   └─ b1']);
});

test('at rest', () => {
  const credentials = [{ id: 'current', suffix: '****wdYk', state: 'Current' }];
  const object = client('billing', calm, { status: { credentials, nextRotationTime: at(29 * DAY) } });
  expect(tree({ object })).toMatchInlineSnapshot(`
    "MachineClient payments/billing, Ready
    ├─ IdentityProvider stytch, stytch/project-1, Ready
    ├─ client mco-1, Active
    │  └─ credential current, ****wdYk, Current
    ├─ Secret billing, version 4, published 2026-06-01T09:00:00Z (3h ago)
    └─ waits for
       └─ next rotation 2026-06-30T12:00:00Z (in 29d)
    "
  `);
});

test('through an overlap', () => {
  const object = client(
    'billing',
    but(condition('RotationInProgress', 'True', 'RolloutPending', 'the old credential lives')),
    {
      status: {
        credentials: [
          { id: 'next', suffix: '****abcd', state: 'Current' },
          { id: 'current', suffix: '****wdYk', state: 'Retiring', retireAfter: at(20 * HOUR) },
        ],
      },
    },
  );
  const publication = (version: string) => ({ version, operation: 'o' });
  const consumers: Gathered['consumers'] = [
    { kind: 'Deployment', name: 'api', uid: '1', publication: publication('4'), waitsFor: undefined },
    { kind: 'Deployment', name: 'job', uid: '2', publication: publication('3'), waitsFor: undefined },
    { kind: 'StatefulSet', name: 'db', uid: '3', publication: publication('4'), waitsFor: 'its rollout' },
    { kind: 'DaemonSet', name: 'log', uid: undefined, publication: undefined, waitsFor: 'it does not exist' },
  ];
  expect(tree({ object, consumers })).toMatchInlineSnapshot(`
    "MachineClient payments/billing, Ready
    ├─ IdentityProvider stytch, stytch/project-1, Ready
    ├─ client mco-1, Active
    │  ├─ credential next, ****abcd, Current
    │  └─ credential current, ****wdYk, Retiring, not retired before 2026-06-02T08:00:00Z (in 20h)
    ├─ Secret billing, version 4, published 2026-06-01T09:00:00Z (3h ago)
    ├─ consumers
    │  ├─ Deployment api, rolled out
    │  ├─ Deployment job, not rolled out yet: it has not been restarted for this credential
    │  ├─ StatefulSet db, not rolled out yet
    │  └─ DaemonSet log, not rolled out yet: it does not exist
    └─ waits for
       └─ RolloutPending (RotationInProgress=True): the old credential lives
    "
  `);
});

test('what cannot be seen, and what is not there', () => {
  const message = 'a Secret of this name exists';
  const object = client(
    'billing',
    but(
      condition('Ready', 'False', 'SecretNotOurs', message),
      condition('Stalled', 'True', 'SecretNotOurs', message),
      condition('Reconciling', 'False', 'Idle'),
      condition('FromTheFuture', 'True', 'Whatever', 'not known here'),
    ),
    { status: { clientId: undefined, secretVersion: undefined, nextRetryTime: at(90) } },
  );
  expect(
    tree({
      object,
      provider: undefined,
      secret: { unseen: 'you may not' },
      consumers: { unseen: 'you may not' },
    }),
  ).toMatchInlineSnapshot(`
    "MachineClient payments/billing, not Ready
    ├─ IdentityProvider stytch, ProviderNotFound: IdentityProvider stytch does not exist
    ├─ client (none yet), Active
    ├─ Secret billing (from the status: you may not)
    ├─ consumers, you may not
    └─ waits for
       ├─ SecretNotOurs (Ready=False, Stalled=True): a Secret of this name exists
       └─ next try 2026-06-01T12:01:30Z (in 90s)
    "
  `);
});

describe('what needs somebody', () => {
  const attention = (object: MachineClientWire, own: Partial<Gathered> = {}) =>
    reportOf({ object, provider, secret, consumers: [], ...own }, NOW).attention;
  const fresh = { metadata: { creationTimestamp: at(-5) } };
  const sick = { ...provider, status: { conditions: [condition('Ready', 'False', 'CredentialMissing')] } };
  test.each([
    ['nothing', client('a', calm), 'rest'],
    ['an overlap', client('a', but(condition('RotationInProgress', 'True', 'Overlap'))), 'wait'],
    [
      'a rollout that hangs',
      client('a', but(condition('RotationInProgress', 'True', 'RolloutStuck'))),
      'act',
    ],
    [
      'a rotation held back',
      client('a', but(condition('RotationInProgress', 'False', 'PermissionDenied'))),
      'act',
    ],
    [
      'a rotation that somebody else blocks',
      client('a', but(condition('RotationBlocked', 'True', 'ForeignRotationOpen'))),
      'act',
    ],
    [
      'a refused credential',
      client('a', but(condition('CredentialVerified', 'False', 'CredentialRefused'))),
      'act',
    ],
    ['a reason of a newer operator', client('a', but(condition('Ready', 'False', 'Unheard'))), 'act'],
    ['Observe', client('a', but(condition('SecretPublished', 'False', 'Observed'))), 'rest'],
    ['a new object', client('a', [], fresh), 'wait'],
    ['an object that nobody looks at', client('a', []), 'act'],
    ['a new generation', client('a', calm, { metadata: { generation: 2 } }), 'wait'],
    ['a deletion', client('a', calm, { metadata: { deletionTimestamp: at(-5) } }), 'wait'],
  ])('%s', (_, object, expected) => {
    expect(attention(object)).toBe(expected);
  });

  test('a provider that is not Ready', () => {
    expect(attention(client('a', calm), { provider: sick })).toBe('act');
    expect(attention(client('a', calm), { provider: undefined })).toBe('act');
    expect(attention(client('a', calm), { provider: { unseen: 'you may not' } })).toBe('rest');
  });
});

describe('the list', () => {
  const overlap = but(condition('RotationInProgress', 'True', 'Overlap', 'the old one lives'));
  const stuck = but(condition('Ready', 'False', 'SecretNotOurs', 'a Secret of this name exists'));
  const reports = [
    client('b-calm', calm, { status: { nextRotationTime: at(DAY * 3) } }),
    client('a-calm', calm),
    client('c-waits', overlap),
    client('d-stuck', stuck, { status: { secretVersion: undefined } }),
  ].map((object) => reportOf({ object, provider, secret: { unseen: '' }, consumers: [] }, NOW));
  const draw = (width: number | undefined, namespaces = false) =>
    listOf(sortReports(reports), { now: NOW, width, namespaces, paint: plain });

  test('is ordered by what is to do, then by name', () => {
    expect(draw(undefined)).toMatchInlineSnapshot(`
      "NAME      READY   SECRET           WHAT IS GOING ON
      d-stuck   False   -            !   SecretNotOurs: a Secret of this name exists
      c-waits   True    c-waits v4   …   Overlap: the old one lives
      a-calm    True    a-calm v4
      b-calm    True    b-calm v4        next rotation 2026-06-04T12:00:00Z (in 3d)
      "
    `);
  });

  test('is cut to the width of a terminal', () => {
    const lines = draw(60, true).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBe(60);
    expect(lines[1]).toMatch(/^payments +d-stuck .*…$/);
  });
});

test('colours are around words, and only where they are wanted', () => {
  const report = reportOf({ object: client('billing', calm), provider, secret, consumers: [] }, NOW);
  const coloured = treeOf(report, NOW, painter(true));
  expect(coloured).toContain('\x1b[32mReady\x1b[39m');
  expect(stripVTControlCharacters(coloured)).toBe(treeOf(report, NOW, plain));
});
