import { expect, test } from 'vitest';
import { annotations } from '../api/group.ts';
import { providerKeyOf, type MachineClient, type Provider } from '../api/objects.ts';
import { Store } from '../kube/store.ts';
import { machineClientOf, providerOf } from '../machine-client/testing/objects.ts';
import type { SecretView } from '../machine-client/secret-view.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import {
  AccountsWorld,
  clientOf,
  namespaceOf,
  published,
  scalekitProvider,
  secretOf,
} from './testing/world.ts';

test('looking at an object a thousand times changes nothing, asks for nothing and wakes nobody', () => {
  const world = new AccountsWorld();
  world.show(world.namespaces, namespaceOf('ns', { team: 'ours' }));
  const shared = world.join(scalekitProvider({ spec: { massDeletionPolicy: 'Hold' } }));
  const of = (name: string, organizationId: string, deleting = false): MachineClient =>
    world.show(
      world.machineClients,
      published(name, {
        deleting,
        spec: {
          providerRef: { name: 'stytch', kind: 'ClusterIdentityProvider' },
          organizationId,
        },
      }),
    );
  // One that is sound, one whose Secret and one whose client is gone, one that goes, one of an unlisted organization.
  const objects = [
    of('a', 'org_a'),
    of('b', 'org_a'),
    of('c', 'org_b'),
    of('d', 'org_b', true),
    of('e', 'org_c'),
  ];
  for (const object of [objects[0], objects[2], objects[3]])
    if (object) world.show(world.secrets, secretOf(object));
  world.list(
    shared,
    objects.slice(0, 2).map((object) => clientOf(object)),
    'org_a',
  );
  world.list(shared, [], 'org_b');
  world.clock.advance(60_000);
  world.woken.length = 0;
  // One of which nobody has said yet that it is gone.
  shared.pool.inventoryOf('org_a')?.remove(clientOf({ namespace: 'ns', name: 'a' }).id);
  const state = (): unknown => ({
    partitions: [...shared.pool.partitions()].map((one) => [
      one.organization,
      one.dueIn(3_600_000),
      one.inventory.sweptAt,
      [...one.inventory.values()],
    ]),
    notices: objects.map(({ name }) => shared.tally.noticed(`ns/${name}`)),
    losses: shared.tally.losses(),
    mass: shared.mass.hold(() => true),
    deletions: shared.deletions.change,
    woken: [...world.woken],
  });
  const before = state();
  const looked = (): unknown =>
    objects.map((object) => {
      const view = world.accounts.view(object);
      return view.state === 'ready' ? { ...view, connected: [...view.connected.inventory.values()] } : view;
    });
  const first = looked();
  for (let times = 0; times < 1_000; times++) expect(looked()).toEqual(first);
  // Reports of provider objects are looks, too.
  world.accounts.report(providerKeyOf(objects[0] as MachineClient));
  expect(state()).toEqual(before);
  world.clock.advance(60_000);
  expect(world.woken).toEqual([]);
});

test('many deletions wait for a user also where the namespace is not allowed any more', () => {
  const world = new AccountsWorld();
  world.show(world.namespaces, namespaceOf('ns', { team: 'ours' }));
  const shared = world.join(scalekitProvider({ spec: { massDeletionPolicy: 'Hold' } }));
  const objects = Array.from({ length: 12 }, (_, index) =>
    published(`app-${index}`, {
      spec: {
        providerRef: { name: 'stytch', kind: 'ClusterIdentityProvider' },
        organizationId: 'org_a',
      },
    }),
  );
  for (const object of objects) world.show(world.machineClients, object);
  world.list(
    shared,
    objects.map((object) => clientOf(object)),
    'org_a',
  );
  world.show(world.namespaces, namespaceOf('ns', { team: 'others' }));
  const leaving = objects.map((object) => world.show(world.machineClients, { ...object, deleting: true }));
  world.clock.advance(60_000);
  for (const object of leaving)
    expect(world.accounts.view(object)).toMatchObject({
      state: 'ready',
      denied: { reason: 'NamespaceNotAllowed' },
      deletionHeld: expect.stringContaining('clients are marked for deletion (12 of 12)') as string,
    });
});

test('what an object asks for in vain does not hide the organization in which its client is, and only that policy does', () => {
  const world = new AccountsWorld();
  world.show(world.namespaces, namespaceOf('ns', { team: 'ours' }));
  const shared = world.join(scalekitProvider({ spec: { clientPolicy: { organizationIds: ['org_a'] } } }));
  const of = (organizationId: string): MachineClient =>
    world.show(
      world.machineClients,
      published(`app-${organizationId.at(-1)}`, {
        spec: {
          providerRef: { name: 'stytch', kind: 'ClusterIdentityProvider' },
          organizationId,
          customClaims: [{ key: 'role', value: 'admin' }],
        },
      }),
    );
  const inside = of('org_a');
  world.list(shared, [clientOf(inside)], 'org_a');
  const { access } = world.accounts;
  expect(world.accounts.view(inside)).toMatchObject({ state: 'ready', denied: { reason: 'PolicyDenied' } });
  expect([access.organizationOf(inside), access.organizationOf(of('org_b'))]).toEqual(['org_a', undefined]);
});

test('what has nothing at the provider is not watched where the namespace is not allowed any more', () => {
  const world = new AccountsWorld();
  world.show(world.namespaces, namespaceOf('ns', { team: 'others' }));
  const shared = world.join(scalekitProvider({ spec: { massDeletionPolicy: 'Hold' } }));
  const leaving = world.show(
    world.machineClients,
    published('app', {
      deleting: true,
      spec: {
        providerRef: { name: 'stytch', kind: 'ClusterIdentityProvider' },
        organizationId: 'org_a',
      },
    }),
  );
  world.list(shared, [], 'org_a');
  world.clock.advance(60_000);
  const view = world.accounts.view(leaving);
  expect(view).toMatchObject({ state: 'denied' });
  expect(view).not.toHaveProperty('deletionQuietUntil');
});

test('a hold goes on while the provider object is connected to nothing, and so does what its status says', () => {
  const world = new AccountsWorld();
  const massChange = { token: 'abc', cause: 'clients are marked for deletion', affected: 12, known: 12 };
  const refusedOf = (status: object, annotations: Record<string, string> = {}): Provider => {
    const provider = providerOf({ spec: { massDeletionPolicy: 'Hold' }, annotations });
    return world.show(world.providers, { ...provider, status: { ...provider.status, ...status } });
  };
  const leaving = world.show(world.machineClients, machineClientOf({ name: 'app', deleting: true }));
  const key = providerKeyOf(leaving);
  world.accounts.registry.refuse(key, 'CredentialMissing', 'gone');
  refusedOf({});
  expect(world.accounts.view(leaving)).toMatchObject({
    state: 'not-ready',
    deletionHeld: expect.stringContaining('cannot be counted') as string,
  });
  refusedOf({ massChange });
  expect(world.accounts.view(leaving)).toMatchObject({
    deletionHeld: expect.stringContaining('"abc"') as string,
  });
  expect(world.accounts.report(key)).toMatchObject({ change: massChange });
  refusedOf({ massChange }, { [annotations.confirmMassChange]: 'abc' });
  expect(world.accounts.view(leaving)).not.toHaveProperty('deletionHeld');
});

/** Says how often it was asked, and how many objects it has handed out. */
class CountedStore<T extends SecretView | MachineClient> extends Store<T> {
  asked = 0;
  handedOut = 0;

  override byIndex(index: string, value: string): readonly T[] {
    const found = super.byIndex(index, value);
    this.asked++;
    this.handedOut += found.length;
    return found;
  }

  override *eachByIndex(index: string, value: string): Generator<T, void> {
    for (const one of super.eachByIndex(index, value)) {
      this.handedOut++;
      yield one;
    }
  }

  override *values(): Generator<T, void> {
    for (const one of super.values()) {
      this.handedOut++;
      yield one;
    }
  }
}

test('of a burst of 50,000 objects, half of them without their Secret, each look counts one object', {
  timeout: 60_000,
}, () => {
  const MANY = 50_000;
  const clock = new ManualClock();
  const machineClients = new CountedStore<MachineClient>({
    clock,
    indexers: {
      byProvider: (object) => [providerKeyOf(object)],
      byNamespace: ({ namespace }) => [namespace],
    },
  });
  const secrets = new CountedStore<SecretView>({
    clock,
    indexers: { byOwner: ({ owner }) => [`${owner.namespace}/${owner.name}`] },
  });
  const world = new AccountsWorld({ machineClients, secrets: () => secrets });
  const one = published('app');
  // Not parsed one by one, which would take longer than all that is looked at here.
  const objects = Array.from({ length: MANY }, (_, index): MachineClient => {
    const name = `app-${index}`;
    const status = { ...one.status, clientId: clientOf({ namespace: 'ns', name }).id };
    return { ...one, name, uid: `uid-${name}`, deleting: index % 5 === 0, status };
  });
  for (const object of objects) machineClients.observe(object);
  for (const object of objects) secrets.observe(secretOf(object));
  const shared = world.join(providerOf({ spec: { massDeletionPolicy: 'Hold' } }));
  world.list(
    shared,
    objects.map((object) => clientOf(object)),
  );
  const spent = (work: () => void): readonly number[] => {
    const before = [secrets.asked, machineClients.handedOut];
    work();
    return [secrets.asked - (before[0] ?? 0), machineClients.handedOut - (before[1] ?? 0)];
  };
  // By events, each of which counts one object, and with the clock going on so that it is judged meanwhile.
  const lost = objects.filter((_, index) => index % 2 === 0);
  expect(
    spent(() => {
      for (const [index, { name }] of lost.entries()) {
        secrets.observeDeleted({ namespace: 'ns', name, uid: `secret-${name}`, resourceVersion: '2' });
        if (index % 100 === 0) world.clock.advance(100);
      }
    }),
  ).toEqual([lost.length, 0]);
  world.clock.advance(500);
  expect(
    spent(() => {
      for (const object of objects) world.accounts.view(object);
    }),
  ).toEqual([MANY, 0]);
  // A pass begins with each of them, and judges now and then.
  expect(
    spent(() => {
      for (const object of objects) {
        world.accounts.begin(object);
        world.clock.stall(1);
      }
    }),
  ).toEqual([MANY, 0]);
  expect(shared.mass.hold(() => true)).toMatchObject({ affected: expect.any(Number), known: MANY * 0.8 });
});
