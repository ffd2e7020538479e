import { durationPattern } from '../../../src/api/durations.ts';
import { noDays, noneTwice } from '../../../src/api/schema/fields.ts';
import { type Sampled, samples } from '../../helpers/samples.ts';
import type { Spec } from './cluster.ts';
import { type Example, longest, type Transition } from './example.ts';
import { policyLists } from './lists.ts';

const ref = { name: 'management', key: 'secret' };
const login = { type: 'Secret', secretKeyRef: ref };
const gateway = { type: 'Gateway' };

const stytch = (fields: Spec = {}): Spec => ({
  type: 'Stytch',
  stytch: { projectId: 'project-test-1', auth: login, ...fields },
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

const lifetime = (maxAccessTokenLifetime: string): Spec => ({
  ...stytch(),
  clientPolicy: { maxAccessTokenLifetime },
});

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
type Make = (auth?: Spec, address?: string) => Spec;
const ofUsualLogins = (at: string, make: Make, withSecret: Spec): readonly Example[] => [
  {
    at: `${at}.auth`,
    message: 'secretKeyRef must be set exactly when auth.type is Secret',
    accepted: [make(), make(gateway)],
    refused: [make({ ...withSecret, secretKeyRef: undefined }), make({ ...gateway, secretKeyRef: ref })],
  },
  {
    at: 'spec',
    message: 'the header Authorization is the login of auth.type Secret',
    accepted: ['Authorization', 'authorization'].map((name) => ({
      ...make(gateway),
      ...withHeaders(name),
    })),
    refused: ['Authorization', 'AUTHORIZATION'].map((name) => ({ ...make(), ...withHeaders(name) })),
  },
];

/** What holds for every provider, whatever else its member has. */
const ofEach = (sampled: Sampled): readonly Example[] => {
  const { type, module, account, secretAuth, ownLogins = false } = sampled;
  const { member } = module.schema;
  const withSecret = { ...login, ...secretAuth };
  const make: Make = (auth = withSecret, address = 'https://idp.example.com') => ({
    type,
    [member]: account(address, auth),
  });
  const address = 'https://address.example.com';
  const addressField = Object.entries(account(address, gateway)).find(([, value]) => value === address)?.[0];
  const another = type === 'Stytch' ? plastiq() : stytch();
  return [
    {
      at: 'spec',
      message: `spec.${member} must be set exactly when spec.type is ${type}`,
      accepted: [make()],
      refused: [{ type }, { ...another, [member]: make()[member] }],
    },
    ...(ownLogins ? [] : ofUsualLogins(`spec.${member}`, make, withSecret)),
    url(`spec.${member}.${addressField}`, (value) => make(gateway, value)),
  ];
};
export const providerExamples: readonly Example[] = [
  ...samples.flatMap(ofEach),
  ...samples.flatMap(({ accountRules }) => accountRules ?? []),
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
    at: 'spec.resyncInterval',
    message: 'must be at least 1m',
    accepted: [{ ...stytch(), resyncInterval: '1m' }],
    refused: [{ ...stytch(), resyncInterval: '59s' }],
  },
  ...policyLists.map((list) => {
    const allowing = (...entries: readonly string[]): Spec => ({
      ...stytch(),
      clientPolicy: { [list]: entries },
    });
    return {
      at: `spec.clientPolicy.${list}`,
      message: noneTwice.message,
      accepted: [allowing(), allowing('a*', 'a', 'A'), allowing(...longest(64, 256))],
      refused: [allowing('a', 'b', 'a'), allowing(...longest(63, 256), ...longest(1, 256))],
    };
  }),
  {
    at: 'spec.clientPolicy.maxAccessTokenLifetime',
    message: 'must be at least 1s',
    accepted: [lifetime('24h')],
    refused: [lifetime('999ms')],
  },
  {
    at: 'spec.clientPolicy.maxAccessTokenLifetime',
    message: noDays.message,
    accepted: [lifetime('24h')],
    refused: [lifetime('1d')],
    also: [
      {
        at: 'spec.clientPolicy.maxAccessTokenLifetime',
        message: `spec.clientPolicy.maxAccessTokenLifetime in body should match '${durationPattern.source}'`,
      },
    ],
  },
];

/** With what a ClusterIdentityProvider alone may have. */
export const clusterProviderExamples: readonly Example[] = [
  ...providerExamples,
  ...samples.flatMap(({ clusterRules }) => clusterRules ?? []),
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
  ...samples.flatMap(({ accountChanges }) => accountChanges ?? []),
];
