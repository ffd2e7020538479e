import pino from 'pino';
import { expect, test, vi } from 'vitest';
import { keyOfProvider } from '../accounts/serving.ts';
import { AccountsWorld, clientOf, installation, published } from '../accounts/testing/world.ts';
import { machineClients as resource } from '../api/objects.ts';
import { finalizers } from '../api/group.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import { providerOf } from '../machine-client/testing/objects.ts';
import { ok } from '../providers/outcome.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import { Bypassed } from './bypassed.ts';
import type { Definition } from './definition.ts';
import { Orphans } from './orphans.ts';

const never = new AbortController().signal;

/**
 * The object `ns/app` of the provider object `stytch`, which went although it was held; all lists show what bears its name.
 * `foundFrom`: which question about the object is the first that finds it, counted from 1.
 */
const make = (spec: object, shown: Partial<UpstreamClient> = {}, foundFrom = Number.POSITIVE_INFINITY) => {
  const world = new AccountsWorld();
  const { machineClients, secrets, clock, accounts } = world;
  const app = published('app', { spec });
  const accountOf = (name: string) => {
    const stytch = {
      projectId: `project-test-${name}`,
      auth: { type: 'Secret', secretKeyRef: { name: 's', key: 'k' } },
    };
    const provider = providerOf({ name, spec: { stytch } });
    const shared = world.join(provider);
    const { account } = shared.pool.connected(keyOfProvider(provider)) ?? {};
    if (!account?.clients) throw new Error('it is not connected');
    world.list(shared, [{ ...clientOf(app), ...shown }]);
    const read = { ...clientOf(app), mark: undefined };
    return {
      shared,
      reads: vi.spyOn(account.clients, 'get').mockResolvedValue(ok(read)),
      removals: vi.spyOn(account.clients, 'remove').mockResolvedValue(ok(undefined)),
    };
  };
  const at = { own: accountOf('stytch'), other: accountOf('other') };
  const bypassed = new Bypassed(machineClients, () => {});
  machineClients.observe(app);
  machineClients.observeDeleted({
    namespace: app.namespace,
    name: app.name,
    uid: app.uid,
    resourceVersion: '9',
    finalizers: [finalizers.upstream],
  });
  const gone = new KubeError(
    { verb: 'get', resource },
    { status: 404, reason: 'NotFound', outcome: 'rejected' },
  );
  let asked = 0;
  const get = () => (++asked < foundFrom ? Promise.reject(gone) : Promise.resolve(app));
  const orphans = new Orphans({
    kube: { get } as Pick<KubeClient, 'get'> as KubeClient,
    definition: { mayReturn: () => Promise.resolve(false) } as unknown as Definition,
    bypassed,
    installation,
    accounts,
    machineClients,
    secrets,
    watches: () => true,
    clock,
    patienceMs: 1_000,
    aside: (_key, wait) => wait(),
    recordLeaving: () => Promise.resolve(),
    log: pino({ level: 'silent' }),
  });
  return { orphans, ...at };
};

const removed = async (...given: Parameters<typeof make>) => {
  const { orphans, own, other } = make(...given);
  await orphans.remove('ns/app', never, undefined);
  return { own: own.removals.mock.calls.length, other: other.removals.mock.calls.length };
};

test('of an object that went although it was held the client goes, and no other that bears its name in another account', async () => {
  expect(await removed({})).toEqual({ own: 1, other: 0 });
});

test('a client whose object came back with its definition, while that was asked for, stays', async () => {
  expect(await removed({}, {}, 1)).toEqual({ own: 0, other: 0 });
  expect(await removed({}, {}, 2)).toEqual({ own: 0, other: 0 });
  expect(await removed({}, {}, 3)).toEqual({ own: 1, other: 0 });
});

test('a client that bears the uid of another object stays: another one of the name has taken it over', async () => {
  expect(await removed({}, { uid: 'uid-of-another' })).toEqual({ own: 0, other: 0 });
});

test('a client that has another name since it was read stays: somebody may have taken it for himself', async () => {
  expect(await removed({}, { hidesMark: true })).toEqual({ own: 0, other: 0 });
});

test('it is read after a list, and is no orphan if it is somebody else’s now; what has the name that we gave is not read', async () => {
  const taken = make({}, { hidesMark: true });
  expect(await taken.orphans.find(taken.own.shared, never)).toEqual([]);
  expect(taken.own.reads).toHaveBeenCalledOnce();
  const left = make({});
  expect(await left.orphans.find(left.own.shared, never)).toEqual(['ns/app']);
  expect(left.own.reads).not.toHaveBeenCalled();
});

test.each([
  { deletionPolicy: 'Retain' },
  { managementPolicy: 'Observe' },
  { managementPolicy: 'CredentialsOnly', clientId: 'theirs', adoptionPolicy: 'Never' },
])('%j removes no client', async (spec) => {
  expect(await removed(spec)).toEqual({ own: 0, other: 0 });
});
