import { expect, test } from 'vitest';
import { installationSecretName } from '../api/group.ts';
import { parseProvider, type Provider } from '../api/objects.ts';
import { Store } from '../kube/store.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { reservedSecrets } from './reserved-secrets.ts';

const OPERATOR = 'machine-client-system';
const provider = (kind: Provider['kind'], namespace: string): Provider => {
  const auth = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
  const headers = [{ name: 'X-Key', valueFrom: { secretKeyRef: { name: 'header', key: 'k' } } }];
  const parsed = parseProvider(kind)({
    metadata: { name: 'stytch', namespace, uid: kind, resourceVersion: '1', generation: 1 },
    spec: { type: 'Stytch', stytch: { projectId: 'project-test-1', auth }, connection: { headers } },
  });
  if (!parsed?.spec) throw new Error(parsed?.invalid ?? 'it could not be read');
  return parsed;
};

const clock = new ManualClock();
const byNamespace = (one: Provider): readonly string[] => [one.namespace];
const namespaced = new Store<Provider>({ clock, indexers: { byNamespace } });
const ofCluster = new Store<Provider>({ clock });
namespaced.wrote(provider('IdentityProvider', 'team'));
ofCluster.wrote(provider('ClusterIdentityProvider', ''));
const reserved = reservedSecrets({
  stores: { IdentityProvider: namespaced, ClusterIdentityProvider: ofCluster },
  operatorNamespace: OPERATOR,
});

test.each([
  ['the Secret of the installation', OPERATOR, installationSecretName, 'is the operator’s own'],
  ['a Secret of its name elsewhere', 'team', installationSecretName, undefined],
  ['the login of a provider', 'team', 'management', 'is one that the IdentityProvider stytch refers to'],
  ['a header of a provider', 'team', 'header', 'is one that the IdentityProvider stytch refers to'],
  ['a Secret of that name elsewhere', 'other', 'management', undefined],
  [
    'the login of a provider of the cluster',
    OPERATOR,
    'management',
    'is one that the ClusterIdentityProvider stytch refers to',
  ],
  ['any other Secret', 'team', 'app', undefined],
])('%s', (_what, namespace, name, expected) => {
  expect(reserved(namespace, name)).toBe(expected);
});
