import { pathSegmentRule } from '../../../src/api/schema/fields.ts';
import type { Spec } from './cluster.ts';
import type { Example, Transition } from './example.ts';

const ref = { name: 'management', key: 'secret' };
const login = { type: 'Secret', secretKeyRef: ref };
const gateway = { type: 'Gateway' };

const stytch = (fields: Spec = {}): Spec => ({
  type: 'Stytch',
  stytch: { projectId: 'project-test-1', auth: login, ...fields },
});
const scalekit = (fields: Spec = {}): Spec => ({
  type: 'Scalekit',
  scalekit: { environmentUrl: 'https://acme.scalekit.dev', auth: { ...login, clientId: 'skc_1' }, ...fields },
});
const authress = (fields: Spec = {}): Spec => ({
  type: 'Authress',
  authress: { baseUrl: 'https://acc-1.api.authress.io', auth: login, ...fields },
});
const plastiq = (fields: Spec = {}): Spec => ({
  type: 'Plastiq',
  plastiq: { environment: 'Sandbox', auth: login, ...fields },
});
const connection = (fields: Spec): Spec => ({ ...stytch(), connection: fields });
const header = (fields: Spec): Spec => connection({ headers: [fields] });
const withHeaders = (...names: readonly string[]): Spec => ({
  connection: { headers: names.map((name) => ({ name, value: 'x' })) },
});
const caBundle = (fields: Spec): Spec => connection({ caBundle: fields });

const goodUrls = [
  'https://api.example.com',
  'http://127.0.0.1:8080',
  'https://[::1]:8443/prefix/',
  'https://gateway.example.com/a/b',
];
const badUrls = [
  'api.example.com',
  '/path',
  'ftp://api.example.com',
  'https://',
  'https://user:password@api.example.com',
  'https://api.example.com/?a=b',
  'https://api.example.com/#part',
  'https://api.example.com:port',
];
const url = (at: string, make: (url: string) => Spec): Example => ({
  at,
  message: 'must be an absolute http or https URL without user info, query or fragment',
  accepted: goodUrls.map(make),
  refused: badUrls.map(make),
});
const auth = (member: string, make: (auth: Spec) => Spec, withLogin: Spec = login): Example => ({
  at: `spec.${member}.auth`,
  message: 'secretKeyRef must be set exactly when auth.type is Secret',
  accepted: [make(withLogin), make(gateway)],
  refused: [make({ ...withLogin, secretKeyRef: undefined }), make({ ...gateway, secretKeyRef: ref })],
});
const exactly = (type: string, make: () => Spec, another: Spec): Example => {
  const member = type.toLowerCase();
  return {
    at: 'spec',
    message: `spec.${member} must be set exactly when spec.type is ${type}`,
    accepted: [make()],
    refused: [{ type }, { ...another, [member]: make()[member] }],
  };
};

export const providerExamples: readonly Example[] = [
  exactly('Stytch', stytch, plastiq()),
  exactly('Scalekit', scalekit, stytch()),
  exactly('Authress', authress, stytch()),
  exactly('Plastiq', plastiq, stytch()),
  auth('stytch', (value) => stytch({ auth: value })),
  auth('scalekit', (value) => scalekit({ auth: value }), { ...login, clientId: 'skc_1' }),
  auth('authress', (value) => authress({ auth: value, accountId: 'acc-1' })),
  auth('plastiq', (value) => plastiq({ auth: value })),
  {
    at: 'spec.scalekit.auth',
    message: 'clientId must be set exactly when auth.type is Secret',
    accepted: [scalekit(), scalekit({ auth: gateway })],
    refused: [scalekit({ auth: login }), scalekit({ auth: { ...gateway, clientId: 'skc_1' } })],
  },
  {
    at: 'spec.authress',
    message: 'accountId is required when auth.type is Gateway',
    accepted: [authress(), authress({ auth: gateway, accountId: 'acc-1' })],
    refused: [authress({ auth: gateway })],
  },
  {
    at: 'spec.stytch.projectId',
    message: pathSegmentRule.message,
    accepted: [stytch({ projectId: '...' }), stytch({ projectId: '.a' })],
    refused: [stytch({ projectId: '.' }), stytch({ projectId: '..' })],
  },
  url('spec.stytch.baseUrl', (baseUrl) => stytch({ baseUrl })),
  url('spec.scalekit.environmentUrl', (environmentUrl) => scalekit({ environmentUrl })),
  url('spec.authress.baseUrl', (baseUrl) => authress({ baseUrl })),
  url('spec.plastiq.baseUrl', (baseUrl) => plastiq({ baseUrl })),
  url('spec.connection.proxyUrl', (proxyUrl) => connection({ proxyUrl })),
  {
    at: 'spec.connection.timeout',
    message: 'must be at least 100ms',
    accepted: [connection({ timeout: '100ms' }), connection({ timeout: '30s' })],
    refused: [connection({ timeout: '99ms' }), connection({ timeout: '0s' })],
  },
  {
    at: 'spec.connection.timeout',
    message: 'must be at most 60s',
    accepted: [connection({ timeout: '60s' }), connection({ timeout: '1m' })],
    refused: [connection({ timeout: '1m1ms' }), connection({ timeout: '99999h99999h' })],
  },
  {
    at: 'spec.connection.caBundle',
    message: 'exactly one of configMapKeyRef and secretKeyRef must be set',
    accepted: [caBundle({ configMapKeyRef: ref }), caBundle({ secretKeyRef: ref })],
    refused: [caBundle({}), caBundle({ configMapKeyRef: ref, secretKeyRef: ref })],
  },
  {
    at: 'spec.connection.headers[]',
    message: 'exactly one of value and valueFrom must be set',
    accepted: [
      header({ name: 'X-Team', value: 'payments' }),
      header({ name: 'X-Team', value: '' }),
      header({ name: 'X-Key', valueFrom: { secretKeyRef: ref } }),
    ],
    refused: [
      header({ name: 'X-Key' }),
      header({ name: 'X-Key', value: 'one', valueFrom: { secretKeyRef: ref } }),
    ],
  },
  {
    at: 'spec.connection.headers[]',
    message: 'this header is set by the connection itself',
    accepted: [header({ name: 'User-Agent', value: 'payments/1' })],
    refused: ['Host', 'content-length', 'TE', 'Keep-Alive', 'proxy-connection'].map((name) =>
      header({ name, value: 'x' }),
    ),
  },
  {
    at: 'spec.connection.headers',
    message: 'the same header is named twice: names know no case',
    accepted: [{ ...stytch(), ...withHeaders('X-Key', 'X-Key-2') }],
    refused: [{ ...stytch(), ...withHeaders('X-Key', 'x-key') }],
  },
  {
    at: 'spec',
    message: 'the header Authorization is the login of auth.type Secret',
    accepted: [
      { ...stytch({ auth: gateway }), ...withHeaders('Authorization') },
      { ...plastiq({ auth: gateway }), ...withHeaders('authorization') },
    ],
    refused: [stytch(), scalekit(), authress(), plastiq()].flatMap((one) =>
      ['Authorization', 'AUTHORIZATION'].map((name) => ({ ...one, ...withHeaders(name) })),
    ),
  },
  {
    at: 'spec.resyncInterval',
    message: 'must be at least 1m',
    accepted: [{ ...stytch(), resyncInterval: '1m' }],
    refused: [{ ...stytch(), resyncInterval: '59s' }],
  },
];

export const providerTransitions: readonly Transition[] = [
  {
    at: 'spec.type',
    message: 'type is immutable',
    because: 'its clients live there',
    before: stytch(),
    accepted: [{ ...stytch(), orphanPolicy: 'Delete' }],
    refused: [plastiq()],
  },
  {
    at: 'spec.stytch.projectId',
    message: 'projectId is immutable',
    because: 'it is the identity of the account',
    before: stytch(),
    accepted: [stytch({ baseUrl: 'https://gateway.example.com', auth: gateway })],
    refused: [stytch({ projectId: 'project-test-2' })],
  },
  {
    at: 'spec.scalekit.environmentUrl',
    message: 'environmentUrl is immutable',
    because: 'it is the identity of the account',
    before: scalekit(),
    accepted: [scalekit({ auth: gateway })],
    refused: [scalekit({ environmentUrl: 'https://other.scalekit.dev' })],
  },
  {
    at: 'spec.authress',
    message: 'accountId is immutable',
    because: 'it is the identity of the account',
    before: authress({ accountId: 'acc-1' }),
    accepted: [authress({ accountId: 'acc-1', baseUrl: 'https://login.example.com' })],
    refused: [authress({ accountId: 'acc-2' }), authress()],
  },
  {
    at: 'spec.authress',
    message: 'accountId is immutable',
    because: 'one that was taken from the access key may be written down later',
    before: authress(),
    accepted: [authress({ accountId: 'acc-1' })],
    refused: [],
  },
  {
    at: 'spec.plastiq.environment',
    message: 'environment is immutable',
    because: 'it is the identity of the account',
    before: plastiq(),
    accepted: [plastiq({ baseUrl: 'https://gateway.example.com' })],
    refused: [plastiq({ environment: 'Production' })],
  },
];
