import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finalizers } from '../api/group.ts';
import type { MachineClient } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import { machineClientOf, providerOf } from '../machine-client/testing/objects.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import { Counting } from './counting.ts';
import type { SharedPool } from './registry.ts';
import { Tally } from './tally.ts';
import {
  AccountsWorld,
  clientOf,
  installation,
  namespaceOf,
  published,
  scalekitProvider,
  secretOf,
} from './testing/world.ts';

const keyOf = 'IdentityProvider/ns/stytch';

/** Objects with their Secrets, and an account that lists their clients. */
const sound = (
  count: number,
): { world: AccountsWorld; shared: SharedPool; objects: readonly MachineClient[] } => {
  const world = new AccountsWorld();
  const shared = world.join(providerOf());
  const objects = Array.from({ length: count }, (_, index) =>
    world.show(world.machineClients, published(`app-${index}`)),
  );
  for (const object of objects) world.show(world.secrets, secretOf(object));
  world.list(
    shared,
    objects.map((object) => clientOf(object)),
  );
  world.woken.length = 0;
  return { world, shared, objects };
};
const losesSecret = (world: AccountsWorld, { namespace, name }: MachineClient): void =>
  world.secrets.observeDeleted({ namespace, name, uid: `secret-${name}`, resourceVersion: '9999' });
const viewed = (world: AccountsWorld, object: MachineClient) => {
  const view = world.accounts.view(object);
  if (view.state !== 'ready') throw new Error(view.state);
  return view;
};

test('Secrets that are lost together are held when they are judged, and an object that lost none of it is told so', () => {
  const { world, objects } = sound(4);
  const [first] = objects;
  if (!first) throw new Error('there is none');
  world.clock.advance(10_000);
  world.woken.length = 0;
  const since = world.clock.now();
  for (const object of objects) losesSecret(world, object);
  // Noticed by the event, before anybody looks and before it is judged.
  expect(viewed(world, first)).toMatchObject({
    held: undefined,
    lostSince: since,
    quietUntil: since + 5_000,
  });
  world.clock.advance(1);
  expect(viewed(world, first).held).toContain('(4 of 4)');
  expect(world.woken).toEqual([keyOf]);
  for (const object of objects) world.show(world.secrets, secretOf(object));
  world.clock.advance(498);
  expect(viewed(world, first).held).toBeDefined();
  world.clock.advance(1);
  expect(viewed(world, first)).toMatchObject({ held: undefined, lostSince: undefined });
  // The end of a hold wakes those that waited for it.
  expect(world.woken).toEqual([keyOf, keyOf, `${keyOf}*`]);
});

test('of clients of somebody else no list tells whether they are there: they are not counted for lost', () => {
  const world = new AccountsWorld();
  const shared = world.join(providerOf());
  const objects = ['a', 'b', 'c'].map((name) =>
    world.show(
      world.machineClients,
      published(name, { spec: { managementPolicy: 'CredentialsOnly', clientId: name } }),
    ),
  );
  for (const object of objects) world.show(world.secrets, secretOf(object));
  world.list(shared, []);
  world.clock.advance(10_000);
  expect(shared.tally.losses().get('ns')).toBeUndefined();
  for (const object of objects)
    expect(viewed(world, object)).toMatchObject({ held: undefined, lostSince: undefined });
});

test('what begins with a pass is judged at once when half a second has gone by since the last time', () => {
  const { world, objects } = sound(4);
  const [first] = objects;
  if (!first) throw new Error('there is none');
  world.clock.stall(500);
  for (const object of objects) losesSecret(world, object);
  world.accounts.begin(first);
  expect(viewed(world, first).held).toContain('(4 of 4)');
});

test('our own write counts: a Secret that is published again is lost no more', () => {
  const { world, shared, objects } = sound(4);
  for (const object of objects) losesSecret(world, object);
  expect(shared.tally.losses().get('ns')).toEqual({ affected: 4, known: 4 });
  for (const object of objects) world.secrets.wrote(secretOf(object, { resourceVersion: 'ours' }));
  expect(shared.tally.losses().get('ns')).toEqual({ affected: 0, known: 4 });
});

test('a client that a pass finds gone is noticed when the pass has seen it, and the other organizations are listed', () => {
  const world = new AccountsWorld();
  world.show(world.namespaces, namespaceOf('ns', { team: 'ours' }));
  const shared = world.join(scalekitProvider());
  const of = (name: string, organizationId: string): MachineClient =>
    world.show(
      world.machineClients,
      published(name, {
        spec: {
          providerRef: { name: 'stytch', kind: 'ClusterIdentityProvider' },
          organizationId,
        },
      }),
    );
  const [a, b] = [of('a', 'org_a'), of('b', 'org_b')];
  for (const object of [a, b]) {
    world.show(world.secrets, secretOf(object));
    world.accounts.begin(object);
  }
  world.list(shared, [clientOf(a)], 'org_a');
  world.list(shared, [clientOf(b)], 'org_b');
  const listedAt = world.clock.now();
  const ahead = (): number[] => [...shared.pool.partitions()].map((one) => Math.ceil(one.dueIn(3_600_000)));
  const before = ahead();
  world.clock.advance(60_000);
  // As `ReconcileContext.saw` does.
  viewed(world, a).connected.inventory.remove(clientOf(a).id);
  expect(viewed(world, a).lostSince).toBe(world.clock.now());
  expect(shared.tally.noticed('ns/a')).toBeUndefined();
  world.accounts.guards.shown('ns/a');
  expect(shared.tally.noticed('ns/a')).toEqual({ how: 'gone', since: listedAt + 60_000 });
  // That of `org_b` is due at once, and that of `org_a` when it was.
  expect(ahead()).toEqual([(before[0] ?? 0) - 60_000, 0]);
  world.clock.advance(10_000);
  expect(viewed(world, a).quietUntil).toBe(world.clock.now() + 5_000);
  world.list(shared, [clientOf(b)], 'org_b');
  expect(viewed(world, a).quietUntil).toBe(listedAt + 65_000);
});

test('a deletion counts by its event where the policy says Hold, and from when it says so', () => {
  const hold = { spec: { massDeletionPolicy: 'Hold' } };
  const { world, shared, objects } = sound(20);
  const mark = (from: number, to: number): readonly MachineClient[] =>
    objects.slice(from, to).map(({ name }, index) =>
      world.show(
        world.machineClients,
        published(name, {
          deleting: true,
          // Of a client of somebody else what was issued on it goes, and its Secret.
          ...(index % 2 === 1 && { spec: { managementPolicy: 'CredentialsOnly', clientId: name } }),
        }),
      ),
    );
  const [first] = mark(0, 12);
  if (!first) throw new Error('there is none');
  world.clock.advance(60_000);
  expect(viewed(world, first).deletionQuietUntil).toBeUndefined();
  world.show(world.providers, providerOf({ ...hold, generation: 2 }));
  expect(viewed(world, first)).toMatchObject({
    deletionHeld: undefined,
    deletionQuietUntil: world.clock.now() + 5_000,
  });
  world.woken.length = 0;
  world.clock.advance(500);
  expect(viewed(world, first).deletionHeld).toContain('(12 of 20)');
  expect(world.woken).toEqual([keyOf, `${keyOf}*`]);
  for (const { namespace, name, uid } of objects.slice(0, 12))
    world.machineClients.observeDeleted({ namespace, name, uid, resourceVersion: '9999' });
  world.clock.advance(500);
  expect(shared.deletions.change).toBeUndefined();
});

test('nothing is judged any more when the process ends, or when nobody stands for the account', () => {
  const { world, shared, objects } = sound(4);
  world.clock.advance(10_000);
  world.accounts.registry.forget(keyOf);
  for (const object of objects) losesSecret(world, object);
  world.clock.advance(10_000);
  expect(shared.mass.hold(() => true)).toBeUndefined();
  const ended = sound(4);
  ended.world.clock.advance(10_000);
  for (const object of ended.objects) losesSecret(ended.world, object);
  void ended.world.accounts.close();
  ended.world.clock.advance(10_000);
  expect(ended.shared.mass.hold(() => true)).toBeUndefined();
});

/** What the tally of an account should say: all of its objects, counted by somebody who has seen nothing of before. */
const recounted = (world: AccountsWorld, shared: SharedPool): Tally => {
  const counting = new Counting(world.accounts.serving, world.accounts.access, world.secrets, installation);
  const tally = new Tally();
  for (const member of shared.members)
    for (const object of world.machineClients.byIndex('byProvider', member))
      tally.set(objectKey(object), counting.of(shared, object), 0);
  return tally;
};

const names = ['a', 'b', 'c', 'd'] as const;
const places = ['ns', 'other'] as const;
const organizations = ['org_a', 'org_b'] as const;
const mostlyNot = fc.oneof(
  { weight: 4, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);
const events = fc.oneof(
  fc.record({
    kind: fc.constant('object' as const),
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom(...places),
    uid: fc.constantFrom('1', '2'),
    organization: fc.constantFrom(...organizations),
    provider: fc.constantFrom('one', 'two'),
    deleting: mostlyNot,
    policy: fc.constantFrom('Manage', 'Manage', 'Manage', 'Observe', 'CredentialsOnly'),
    own: fc.boolean(),
    unpublished: mostlyNot,
  }),
  fc.record({
    kind: fc.constantFrom('object gone' as const, 'secret gone' as const),
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom(...places),
    own: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('secret' as const),
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom(...places),
    credential: fc.constantFrom('one', 'two'),
    edited: fc.boolean(),
    own: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('shown' as const, 'shown gone' as const),
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom(...places),
  }),
  fc.record({
    kind: fc.constant('list' as const),
    organization: fc.constantFrom(...organizations),
    shows: fc.subarray([...names]),
  }),
  fc.record({
    kind: fc.constant('namespace' as const),
    name: fc.constantFrom(...places),
    ours: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('provider' as const),
    name: fc.constantFrom('one', 'two'),
    allows: fc.boolean(),
    holds: fc.boolean(),
    joins: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('leaves' as const), name: fc.constantFrom('one', 'two') }),
);
type Event = typeof events extends fc.Arbitrary<infer E> ? E : never;

const happen = (world: AccountsWorld, event: Event, generation: number): void => {
  const own = <T extends { readonly resourceVersion: string }>(
    store: { observe(object: T): void; wrote(object: T): void },
    object: T,
    isOwn: boolean,
  ): void => {
    const version = { ...object, resourceVersion: `${generation}` };
    if (isOwn) store.wrote(version);
    else store.observe(version);
  };
  const accounts = (): SharedPool[] => [...world.accounts.registry.pools()];
  switch (event.kind) {
    case 'object': {
      const { name, namespace, organization, provider, deleting, policy } = event;
      const made = machineClientOf({
        namespace,
        name,
        uid: `uid-${event.uid}-${name}`,
        finalizers: [finalizers.upstream],
        deleting,
        spec: {
          providerRef: { kind: 'ClusterIdentityProvider', name: provider },
          organizationId: organization,
          managementPolicy: policy,
        },
        status: event.unpublished ? {} : { clientId: clientOf({ namespace, name }).id, secretVersion: 1 },
      });
      own(world.machineClients, made, event.own);
      break;
    }
    case 'object gone':
    case 'secret gone': {
      const store = event.kind === 'object gone' ? world.machineClients : world.secrets;
      const { namespace, name } = event;
      const key = `${namespace}/${name}`;
      const uid = store.get(key)?.uid;
      if (uid === undefined) break;
      if (event.own) store.removed(key, uid);
      else store.observeDeleted({ namespace, name, uid, resourceVersion: `${generation}` });
      break;
    }
    case 'secret':
      own(
        world.secrets,
        secretOf(event, { credentialId: event.credential, integrity: event.edited ? 'edited' : 'ok' }),
        event.own,
      );
      break;
    case 'shown':
    case 'shown gone': {
      const object = world.machineClients.get(`${event.namespace}/${event.name}`);
      const view = object && world.accounts.view(object);
      if (view?.state !== 'ready') break;
      const client = clientOf(event);
      if (event.kind === 'shown') view.connected.inventory.put(client);
      else view.connected.inventory.remove(client.id);
      world.accounts.guards.shown(`${event.namespace}/${event.name}`);
      break;
    }
    case 'list': {
      const clients: UpstreamClient[] = places.flatMap((namespace) =>
        event.shows.map((name) => clientOf({ namespace, name }, ['one'])),
      );
      for (const shared of accounts()) world.list(shared, clients, event.organization);
      break;
    }
    case 'namespace':
      world.show(world.namespaces, namespaceOf(event.name, event.ours ? { team: 'ours' } : {}));
      break;
    case 'provider': {
      const { name, allows, holds } = event;
      const provider = scalekitProvider({
        name,
        generation,
        spec: {
          massDeletionPolicy: holds ? 'Hold' : 'Delete',
          clientPolicy: { organizationIds: allows ? ['*'] : ['org_a'] },
        },
      });
      if (event.joins) world.join(provider);
      else world.show(world.clusterProviders, provider);
      break;
    }
    case 'leaves':
      world.accounts.registry.forget(`ClusterIdentityProvider/${event.name}`);
      break;
  }
};

test('whatever happens, and in whatever order: what is counted one by one is what a count of all would say', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 40 }), (sequence) => {
      const world = new AccountsWorld();
      world.show(world.namespaces, namespaceOf('ns', { team: 'ours' }));
      const shared = ['one', 'two'].map((name) => world.join(scalekitProvider({ name })));
      for (const name of names) {
        const spec = {
          providerRef: { kind: 'ClusterIdentityProvider', name: 'one' },
          organizationId: 'org_a',
        };
        world.show(world.secrets, secretOf(world.show(world.machineClients, published(name, { spec }))));
      }
      const clients = names.map((name) => clientOf({ namespace: 'ns', name }));
      for (const account of new Set(shared)) world.list(account, clients, 'org_a');
      for (const [index, event] of sequence.entries()) {
        happen(world, event, index + 10);
        for (const shared of world.accounts.registry.pools()) {
          const expected = recounted(world, shared);
          const { tally } = shared;
          const all = names.flatMap((name) => places.map((place) => `${place}/${name}`));
          expect(all.map((key) => tally.get(key))).toEqual(all.map((key) => expected.get(key)));
          expect(tally.losses()).toEqual(expected.losses());
          expect(tally.removable).toBe(expected.removable);
          for (const place of places)
            expect([...tally.affectedIn(place)].toSorted()).toEqual(
              [...expected.affectedIn(place)].toSorted(),
            );
          for (const organization of [...organizations, undefined])
            expect([...tally.in(organization)].toSorted()).toEqual([...expected.in(organization)].toSorted());
        }
      }
    }),
    { numRuns: 200 },
  );
});
