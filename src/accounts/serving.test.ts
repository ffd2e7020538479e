import { expect, test } from 'vitest';
import type { Provider } from '../api/objects.ts';
import { Store } from '../kube/store.ts';
import { providerOf } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { keyOfProvider, type NamespaceView, Serving } from './serving.ts';
import { namespaceOf } from './testing/world.ts';

/** What serves which namespace, with these provider objects and the namespace `here` of the team `billing`. */
const servingOf = (...all: readonly Provider[]): Serving => {
  const clock = new ManualClock();
  const stores = {
    providers: new Store<Provider>({ clock }),
    clusterProviders: new Store<Provider>({ clock }),
    namespaces: new Store<NamespaceView>({ clock }),
  };
  for (const provider of all)
    (provider.kind === 'IdentityProvider' ? stores.providers : stores.clusterProviders).observe(provider);
  stores.namespaces.observe(namespaceOf('here', { team: 'billing' }));
  return new Serving(stores);
};

test('a provider object of a namespace serves that one alone', () => {
  const provider = providerOf({ namespace: 'here' });
  const serving = servingOf(provider);
  expect(serving.serves(keyOfProvider(provider), 'here')).toBe(true);
  expect(serving.serves(keyOfProvider(provider), 'there')).toBe(false);
});

test('one that does not exist serves nobody', () => {
  expect(servingOf().serves('IdentityProvider/here/stytch', 'here')).toBe(false);
  expect(servingOf().serves('ClusterIdentityProvider//stytch', 'here')).toBe(false);
});

const expression = (operator: string) => ({
  selector: { matchExpressions: [{ key: 'team', operator, values: ['billing'] }] },
});

/** Of one for the whole cluster, asked for `here`, and for `gone`, of which nobody knows the labels. */
test.each([
  ['says nobody', undefined, false, false],
  ['names it', { names: ['here', 'gone'] }, true, true],
  ['names another one', { names: ['there'] }, false, false],
  ['names part of it', { names: ['her', 'here-too'] }, false, false],
  ['selects its label', { selector: { matchLabels: { team: 'billing' } } }, true, false],
  ['selects its label by an expression', expression('In'), true, false],
  ['selects all but its label', expression('NotIn'), false, false],
  ['selects all', { selector: {} }, true, false],
  ['names another one and selects it', { names: ['there'], selector: {} }, true, false],
])('one for the cluster that %s', (_, allowedNamespaces, here, gone) => {
  const provider = providerOf({ namespace: '', spec: { ...(allowedNamespaces && { allowedNamespaces }) } });
  const serving = servingOf(provider);
  expect(provider.spec).toBeDefined();
  expect(serving.serves(keyOfProvider(provider), 'here')).toBe(here);
  expect(serving.serves(keyOfProvider(provider), 'gone')).toBe(gone);
});
