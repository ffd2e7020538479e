import { durationPattern } from '../../../src/api/durations.ts';
import { noDays, noKeyTwice, noneTwice, pathSegmentRule } from '../../../src/api/schema/fields.ts';
import { registry } from '../../../src/providers/registry.ts';
import type { Spec } from './cluster.ts';
import { type Example, longest, type Transition } from './example.ts';

const spec = (fields: Spec = {}): Spec => ({ providerRef: { name: 'stytch' }, ...fields });
const rotation = (fields: Spec): Spec => spec({ rotation: fields });
const secret = (fields: Spec): Spec => spec({ secret: fields });
const target = (fields: Spec): Spec => spec({ restart: { targets: [{ kind: 'Deployment', ...fields }] } });
const window = (duration: string): Spec => rotation({ windows: [{ schedule: '0 2 * * *', duration }] });
const scalekit = (fields: Spec): Spec => spec({ organizationId: 'org_1', ...fields });
const credential = (fields: Spec): Spec => ({ credential: fields });
const claims = (keys: readonly string[]): Spec[] => keys.map((key) => ({ key, value: 'v'.repeat(1024) }));
const entries = (keys: readonly string[]): Spec[] => keys.map((key) => ({ key, field: 'ClientID' }));
const importing = credential({ importSecretRef: { name: 'imported', key: 'secret' } });

const badMetadataKeys = [
  '',
  'a b',
  '-a',
  '/a',
  'Example.com/a',
  'a/b/c',
  'a'.repeat(64),
  `${'a'.repeat(254)}/b`,
];
const metadataKeys = (member: 'labels' | 'annotations'): Example => ({
  at: `spec.secret.${member}`,
  message: `the keys of ${member} are names of up to 63 characters, with or without a DNS domain and a slash before them`,
  accepted: ['a', 'A.b_c-d', 'app.kubernetes.io/name', 'a'.repeat(63)].map((key) =>
    secret({ [member]: { [key]: 'value' } }),
  ),
  refused: badMetadataKeys.map((key) => secret({ [member]: { [key]: 'value' } })),
});

/** The pattern refuses days too, and the rule says what to write. */
const days = (field: string, inRotation: (duration: string) => Spec): Example => ({
  at: `spec.rotation.${field}`,
  message: noDays.message,
  accepted: [rotation(inRotation('720h'))],
  refused: [rotation(inRotation('30d')), rotation(inRotation('1d12h'))],
  also: [
    {
      at: `spec.rotation.${field}`,
      message: `spec.rotation.${field} in body should match '${durationPattern.source}'`,
    },
  ],
});

const members = Object.values(registry).flatMap(({ schema }) => ('client' in schema ? [schema.member] : []));

export const machineClientExamples: readonly Example[] = [
  {
    at: 'spec',
    message: `at most one of ${members.slice(0, -1).join(', ')} and ${members.at(-1)} may be set`,
    accepted: [spec(), spec({ authress: {} }), spec({ plastiq: {} })],
    refused: [spec({ authress: {}, plastiq: {} }), spec({ plastiq: {}, authress: { options: {} } })],
  },
  {
    at: 'spec',
    message: 'credential.importSecretRef needs clientId',
    accepted: [
      spec({ ...importing, clientId: 'm2m-client-test-1' }),
      spec({ clientId: 'm2m-client-test-1' }),
    ],
    refused: [spec(importing)],
  },
  {
    at: 'spec.credential',
    message: 'tokenEndpointAuthMethod must be PrivateKeyJWT exactly when type is KeyPair',
    accepted: [
      spec(credential({ type: 'KeyPair' })),
      spec(credential({ type: 'KeyPair', tokenEndpointAuthMethod: 'PrivateKeyJWT' })),
      spec(credential({ tokenEndpointAuthMethod: 'ClientSecretBasic' })),
      spec(credential({ tokenEndpointAuthMethod: 'ClientSecretPost' })),
    ],
    refused: [
      spec(credential({ tokenEndpointAuthMethod: 'PrivateKeyJWT' })),
      spec(credential({ type: 'KeyPair', tokenEndpointAuthMethod: 'ClientSecretPost' })),
    ],
  },
  {
    at: 'spec.credential',
    message: 'importSecretRef needs type ClientSecret',
    accepted: [spec({ ...importing, clientId: 'm2m-client-test-1' })],
    refused: [
      spec({
        clientId: 'm2m-client-test-1',
        credential: { type: 'KeyPair', importSecretRef: { name: 'imported', key: 'secret' } },
      }),
    ],
  },
  {
    at: 'spec',
    message: 'managementPolicy CredentialsOnly needs clientId',
    accepted: [
      spec({ managementPolicy: 'CredentialsOnly', clientId: 'm2m-client-test-1' }),
      spec({ managementPolicy: 'Observe' }),
    ],
    refused: [spec({ managementPolicy: 'CredentialsOnly' })],
  },
  {
    at: 'spec.clientId',
    message: pathSegmentRule.message,
    accepted: ['...', 'a/b', 'a..b', '..a/b.', 'a;b'].map((clientId) => spec({ clientId })),
    refused: ['.', '..', '../x', 'x/..', 'x/../y', 'x//y', '/x', 'x/', '..\\x', '..;a/x'].map((clientId) =>
      spec({ clientId }),
    ),
  },
  {
    at: 'spec.organizationId',
    message: pathSegmentRule.message,
    accepted: [scalekit({ organizationId: 'org.1' })],
    refused: [scalekit({ organizationId: '.' }), scalekit({ organizationId: '..' })],
  },
  {
    at: 'spec.audiences',
    message: noneTwice.message,
    accepted: [[], ['a', 'A'], longest(64, 512)].map((audiences) => spec({ audiences })),
    refused: [
      ['a', 'b', 'a'],
      [...longest(63, 512), ...longest(1, 512)],
    ].map((audiences) => spec({ audiences })),
  },
  ...(
    [
      ['tokenPolicies', ['a', 'b'], longest(64, 128)],
      ['boundCIDRs', ['10.0.0.0/8', '::/0'], []],
      ['secretIDBoundCIDRs', ['10.0.0.0/8', '::/0'], []],
    ] as const
  ).map(([list, [one, other], most]) => ({
    at: `spec.vaultAppRole.${list}`,
    message: noneTwice.message,
    accepted: [[], [one, other], most].map((entries) => spec({ vaultAppRole: { [list]: entries } })),
    refused: [spec({ vaultAppRole: { [list]: [one, other, one] } })],
  })),
  {
    at: 'spec.vaultAppRole.tokenTTL',
    message: 'must be at least 1s',
    accepted: [spec({ vaultAppRole: { tokenTTL: '1s' } })],
    refused: [spec({ vaultAppRole: { tokenTTL: '999ms' } })],
  },
  {
    at: 'spec.vaultAppRole.tokenTTL',
    message: noDays.message,
    accepted: [spec({ vaultAppRole: { tokenTTL: '24h' } })],
    refused: [spec({ vaultAppRole: { tokenTTL: '1d' } })],
    also: [
      {
        at: 'spec.vaultAppRole.tokenTTL',
        message: `spec.vaultAppRole.tokenTTL in body should match '${durationPattern.source}'`,
      },
    ],
  },
  {
    at: 'spec.customClaims',
    message: noKeyTwice.message,
    accepted: [[], ['a', 'A'], longest(64, 128)].map((keys) => spec({ customClaims: claims(keys) })),
    refused: [
      ['a', 'b', 'a'],
      [...longest(63, 128), ...longest(1, 128)],
    ].map((keys) => spec({ customClaims: claims(keys) })),
  },
  {
    at: 'spec.secret.entries',
    message: noKeyTwice.message,
    accepted: [['a', 'A'], longest(32, 253)].map((keys) => secret({ entries: entries(keys) })),
    refused: [
      ['a', 'b', 'a'],
      [...longest(31, 253), ...longest(1, 253)],
    ].map((keys) => secret({ entries: entries(keys) })),
  },
  {
    at: 'spec.secret',
    message: 'outputFormats and entries must not share a key',
    accepted: [
      secret({
        entries: [{ key: 'id', field: 'ClientID' }],
        outputFormats: [{ type: 'JSON', key: 'all.json' }],
      }),
      secret({ outputFormats: [{ type: 'JSON', key: 'all.json' }] }),
    ],
    refused: [
      secret({
        entries: [
          { key: 'id', field: 'ClientID' },
          { key: '.env', field: 'ClientSecret' },
        ],
        outputFormats: [{ type: 'DotEnv', key: '.env' }],
      }),
    ],
  },
  {
    at: 'spec.secret.type',
    message: 'Secrets of this type are filled by another controller',
    accepted: [secret({ type: 'kubernetes.io/basic-auth' }), secret({ type: 'example.com/client' })],
    refused: [
      secret({ type: 'kubernetes.io/service-account-token' }),
      secret({ type: 'bootstrap.kubernetes.io/token' }),
    ],
  },
  metadataKeys('labels'),
  metadataKeys('annotations'),
  {
    at: 'spec.secret.labels',
    message: "labels of machine-client.dev are the operator's own",
    accepted: [secret({ labels: { 'app.kubernetes.io/name': 'billing' } })],
    refused: [secret({ labels: { team: 'payments', 'machine-client.dev/managed': 'false' } })],
  },
  {
    at: 'spec.secret.annotations',
    message: "annotations of machine-client.dev are the operator's own",
    accepted: [secret({ annotations: { 'example.com/owner': 'Payments, 3rd floor' } })],
    refused: [secret({ annotations: { 'machine-client.dev/owner': 'someone' } })],
  },
  {
    at: 'spec.secret.labels',
    message:
      'of the labels of kubernetes.io and k8s.io only those of app.kubernetes.io can be set: the others say what a Secret is',
    accepted: [secret({ labels: { 'app.kubernetes.io/part-of': 'billing', 'notkubernetes.io/x': 'y' } })],
    refused: [
      secret({ labels: { 'kubernetes.io/legacy-token-last-used': '2026-01-01' } }),
      secret({ labels: { 'applyset.kubernetes.io/id': 'x' } }),
    ],
  },
  {
    at: 'spec.secret.annotations',
    message:
      'of the annotations of kubernetes.io and k8s.io only those of app.kubernetes.io can be set: the others say what a Secret is',
    accepted: [secret({ annotations: { 'k8s.io.example.com/note': 'x' } })],
    refused: [
      secret({ annotations: { 'kubernetes.io/service-account.name': 'admin' } }),
      secret({ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } }),
      secret({ annotations: { 'x.k8s.io/note': 'y' } }),
    ],
  },
  {
    at: 'spec.rotation',
    message: 'interval and schedule exclude each other',
    accepted: [rotation({ interval: '720h' }), rotation({ schedule: '0 3 1 * *' })],
    refused: [rotation({ interval: '720h', schedule: '0 3 1 * *' })],
  },
  {
    at: 'spec.rotation',
    message: 'timeZone needs a schedule',
    accepted: [rotation({ schedule: '0 3 1 * *', timeZone: 'Europe/Oslo' })],
    refused: [rotation({ timeZone: 'Europe/Oslo' }), rotation({ interval: '720h', timeZone: 'Europe/Oslo' })],
  },
  {
    at: 'spec.rotation.interval',
    message: 'must be at least 1m',
    accepted: [rotation({ interval: '1m' }), rotation({ interval: '1h30m' })],
    refused: [rotation({ interval: '59s999ms' }), rotation({ interval: '0h' })],
  },
  days('interval', (interval) => ({ interval })),
  days('rotateBefore', (rotateBefore) => ({ rotateBefore })),
  days('overlap', (overlap) => ({ overlap })),
  days('retireWhenUnused.cap', (cap) => ({ retireWhenUnused: { cap } })),
  {
    at: 'spec.rotation.windows[].duration',
    message: 'must be at least 1m',
    accepted: [window('60s')],
    refused: [window('59s')],
  },
  {
    at: 'spec.restart.targets[]',
    message: 'exactly one of name and selector must be set',
    accepted: [target({ name: 'billing' }), target({ selector: { matchLabels: { app: 'billing' } } })],
    refused: [target({}), target({ name: 'billing', selector: {} })],
  },
  {
    at: 'spec.restart.deadline',
    message: 'must be at least 1s',
    accepted: [spec({ restart: { deadline: '1s' } })],
    refused: [spec({ restart: { deadline: '999ms' } })],
  },
  {
    at: 'spec.accessTokenLifetime',
    message: 'must be at least 1s',
    accepted: [scalekit({ accessTokenLifetime: '1h' })],
    refused: [scalekit({ accessTokenLifetime: '0s' })],
  },
  {
    at: 'spec.accessTokenLifetime',
    message: noDays.message,
    accepted: [scalekit({ accessTokenLifetime: '24h' })],
    refused: [scalekit({ accessTokenLifetime: '1d' })],
    also: [
      {
        at: 'spec.accessTokenLifetime',
        message: `spec.accessTokenLifetime in body should match '${durationPattern.source}'`,
      },
    ],
  },
];

const organization = (organizationId: string): Spec => scalekit({ organizationId });
const created = { observedGeneration: 1, clientId: 'client-1' };
const providerRef = { at: '<nil>', message: 'spec.providerRef is immutable once a client exists' };
const clientId = { at: '<nil>', message: 'spec.clientId cannot change once a client exists' };
const secretType = {
  at: '<nil>',
  message: 'another spec.secret.type needs another spec.secret.name: the type of a Secret cannot be changed',
};
const borrowed = {
  at: '<nil>',
  message:
    'spec.managementPolicy cannot become CredentialsOnly, or anything else instead of it, once a client exists',
};
const organizationId = { at: '<nil>', message: 'spec.organizationId is immutable' };

/** `<nil>` is what the API server calls the root, where a rule stands that needs more than the spec. */
export const machineClientTransitions: readonly Transition[] = [
  {
    ...providerRef,
    because: 'no client exists yet, so it may still move',
    before: spec(),
    accepted: [
      { providerRef: { name: 'other' } },
      { providerRef: { kind: 'ClusterIdentityProvider', name: 'stytch' } },
    ],
    refused: [],
  },
  {
    ...providerRef,
    because: 'the client lives in that account',
    before: spec(),
    status: created,
    // The default that the schema fills in is no change.
    accepted: [{ providerRef: { kind: 'IdentityProvider', name: 'stytch' } }],
    refused: [
      { providerRef: { name: 'other' } },
      { providerRef: { kind: 'ClusterIdentityProvider', name: 'stytch' } },
    ],
  },
  {
    ...clientId,
    because: 'no client exists yet',
    before: spec({ clientId: 'wanted' }),
    accepted: [spec({ clientId: 'another' }), spec()],
    refused: [],
  },
  {
    ...clientId,
    because: 'an id that the provider chose may be written down, and nothing else',
    before: spec(),
    status: created,
    accepted: [spec({ clientId: 'client-1' })],
    refused: [spec({ clientId: 'client-2' })],
  },
  {
    ...clientId,
    because: 'the wanted id stays as it is when it differs from the recorded one',
    before: spec({ clientId: 'wanted' }),
    status: created,
    accepted: [spec({ clientId: 'wanted', suspend: true }), spec(), spec({ clientId: 'client-1' })],
    refused: [spec({ clientId: 'another' })],
  },
  {
    ...secretType,
    because: 'the default name is that of the MachineClient',
    before: spec(),
    accepted: [secret({ name: 'another', type: 'example.com/client' }), secret({ name: 'another' })],
    refused: [secret({ type: 'example.com/client' })],
  },
  {
    ...secretType,
    because: 'the name was given',
    before: secret({ name: 'given', type: 'example.com/client' }),
    accepted: [
      secret({ name: 'another', type: 'Opaque' }),
      spec(),
      secret({ name: 'given', type: 'example.com/client' }),
    ],
    refused: [secret({ name: 'given', type: 'Opaque' }), secret({ name: 'given' })],
  },
  {
    ...borrowed,
    because: 'whose the client is cannot change',
    before: spec({ managementPolicy: 'CredentialsOnly', clientId: 'client-1' }),
    status: created,
    accepted: [spec({ managementPolicy: 'CredentialsOnly', clientId: 'client-1', suspend: true })],
    refused: [spec({ clientId: 'client-1' }), spec({ clientId: 'client-1', managementPolicy: 'Observe' })],
  },
  {
    ...borrowed,
    because: 'a client that is managed has a mark, which would stay',
    before: spec({ clientId: 'client-1' }),
    status: created,
    accepted: [spec({ clientId: 'client-1', managementPolicy: 'Observe' })],
    refused: [spec({ clientId: 'client-1', managementPolicy: 'CredentialsOnly' })],
  },
  {
    ...borrowed,
    because: 'there is no client yet',
    before: spec(),
    accepted: [spec({ clientId: 'client-1', managementPolicy: 'CredentialsOnly' })],
    refused: [],
  },
  {
    ...organizationId,
    because: 'the organization is part of where the client lives, and cannot be taken away',
    before: organization('org_1'),
    accepted: [scalekit({ customClaims: [{ key: 'tenant', value: 'acme' }] })],
    refused: [spec(), organization('org_2')],
  },
  {
    ...organizationId,
    because: 'a client that never had an organization may get one',
    before: spec(),
    accepted: [organization('org_1')],
    refused: [],
  },
];
