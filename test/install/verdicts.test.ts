import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterIdentityProviders, identityProviders, machineClients } from '../../src/api/objects.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { readPages } from '../docs/pages.ts';
import { parseManifests } from '../helpers/installed.ts';
import { shareProvider } from '../helpers/neighbours.ts';
import { isGone } from '../helpers/is-gone.ts';
import { annotate, inOverlap } from '../helpers/rotating.ts';
import { until } from '../helpers/until.ts';
import { clientOf } from '../helpers/upstream.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';
import { findTool, kubectl as kubectlProgram } from '../tools/tools.ts';
import { verdictsOf } from '../verdicts/verdicts.ts';

/** What kstatus, Argo CD with the health check of docs/install.md, and `kubectl wait` make of each state. */
let cluster: ControlPlane;
let kubectl: string;
let argoCD: Readonly<Record<string, string>>;

/** The data of the ConfigMap that the page shows. */
const settingsOfPage = async (): Promise<Readonly<Record<string, string>>> => {
  const page = (await readPages()).find(({ path }) => path === 'docs/install.md');
  const block = page?.blocks.find(({ text }) => text.includes('name: argocd-cm'));
  const [settings] = parseManifests(block?.text ?? '') as { readonly data?: Record<string, string> }[];
  if (!settings?.data) throw new Error('docs/install.md shows no ConfigMap argocd-cm');
  return settings.data;
};

beforeAll(async () => {
  kubectl = await findTool(kubectlProgram);
  argoCD = await settingsOfPage();
  cluster = await startControlPlane();
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Whether `kubectl wait` has an end at once. */
const isMet = async ({ kind, metadata }: MachineClientWire, awaited: string): Promise<boolean> => {
  const scope = metadata.namespace ? ['-n', metadata.namespace] : [];
  const args = ['wait', `${kind}/${metadata.name}`, ...scope, `--for=${awaited}`, '--timeout=0s'];
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
  return await promisify(execFile)(kubectl, args, { env }).then(
    () => true,
    (error: unknown) => {
      if (/timed out|condition not met/.test((error as { readonly stderr: string }).stderr)) return false;
      throw error;
    },
  );
};

/** kstatus, Argo CD, and whether `kubectl wait --for=condition=Ready` has an end. */
const done = 'Current, Healthy, Ready';
const underWay = 'InProgress, Progressing, awaited';
const failed = 'Failed, Degraded, awaited';

/** What they all say, as one line like those. */
const verdictOn = async (object: MachineClientWire): Promise<string> => {
  const [found] = await verdictsOf([object], argoCD);
  if (!found) throw new Error('there is no verdict');
  const { kstatus, flux, argoCD: health } = found;
  expect(flux).toEqual(kstatus);
  // Whoever reads it in Argo CD is told the same as whoever reads it in Flux.
  const looked = object.status?.observedGeneration === object.metadata.generation;
  if (looked && ['InProgress', 'Failed'].includes(kstatus.status))
    expect(health.message).toBe(kstatus.message);
  const ready = (await isMet(object, 'condition=Ready')) ? 'Ready' : 'awaited';
  return `${kstatus.status}, ${health.status}, ${ready}`;
};

const stop = (world: World): Promise<unknown> =>
  Promise.all(world.operators.map((operator) => operator.kill()));

const refuseLogin = async (world: World): Promise<MachineClientWire> => {
  world.simulator.setSwitches({ accountMode: 'unauthorized' });
  await world.patchProvider({ spec: { resyncInterval: '2m' } });
  return await world.providerCondition('Ready', 'False', 'CredentialsInvalid');
};

const observed = (world: World, name: string, generation: number): Promise<MachineClientWire> =>
  until(`generation ${generation} of ${name} is observed`, async () => {
    const object = await world.get(name);
    return object.status?.observedGeneration === generation && object;
  });

describe('a MachineClient', () => {
  test('nobody has looked at it, it is Ready, and its spec has changed since', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    await world.provider();
    await world.client('worker');
    expect(await verdictOn(await world.get('worker'))).toBe(underWay);
    world.operator();
    expect(await verdictOn(await world.ready('worker'))).toBe(done);
    await stop(world);
    expect(await verdictOn(await world.patch('worker', { spec: { displayName: 'new' } }))).toBe(underWay);
  });

  test('what it needs is not there, and comes by itself', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator();
    await world.client('without');
    const without = await world.condition('without', 'Ready', 'False', 'ProviderNotFound');
    expect(await verdictOn(without)).toBe(underWay);
    const { stytch } = world.upstream.spec('http://127.0.0.1:1') as Record<string, object>;
    await world.provider({ stytch, clientPolicy: { scopes: ['read:*'] } });
    await world.providerCondition('Ready', 'False');
    await world.client('cut-off');
    const cutOff = await world.condition('cut-off', 'Ready', 'False', 'ProviderNotReady');
    expect(await verdictOn(cutOff)).toBe(underWay);
    await world.patchProvider({ spec: { stytch: world.upstream.spec()['stytch'] } });
    expect(await verdictOn(await world.ready('cut-off'))).toBe(done);
    await world.client('denied', { scopes: ['write:invoices'] });
    const denied = await world.condition('denied', 'Ready', 'False', 'PolicyDenied');
    expect(await verdictOn(denied)).toBe(underWay);
  });

  test('its spec has to change first', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator();
    await world.provider();
    await world.client('wrong', { audiences: [] });
    expect(await verdictOn(await world.condition('wrong', 'Stalled', 'True', 'FieldNotSupported'))).toBe(
      failed,
    );
    await world.client('never', { rotation: { schedule: '0 3 30 2 *' } });
    const never = await world.condition('never', 'Stalled', 'True', 'InvalidSpec');
    expect(await verdictOn(never)).toBe(failed);
    expect(await isMet(never, 'condition=Stalled')).toBe(true);
    // Its Secret works, and its present spec will never be applied.
    await world.client('worker');
    await world.ready('worker');
    world.simulator.setFaults([
      { operations: ['update'], fault: 'status', status: 400, errorType: 'invalid_m2m_client_scope' },
    ]);
    await world.patch('worker', { spec: { displayName: 'refused' } });
    const refused = await world.condition('worker', 'Stalled', 'True', 'RejectedByProvider');
    expect(await verdictOn(refused)).toBe(failed);
  });

  test('it is suspended before it was Ready, and after', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator();
    await world.provider();
    await world.client('before', { suspend: true });
    expect(await verdictOn(await world.condition('before', 'Ready', 'False', 'Suspended'))).toBe(underWay);
    await world.client('after');
    await world.ready('after');
    await world.patch('after', { spec: { suspend: true } });
    // Nobody vouches for the generation that suspends it, so `kubectl wait` goes on.
    expect(await verdictOn(await observed(world, 'after', 2))).toBe('Current, Healthy, awaited');
    await world.patch('after', { spec: { suspend: false } });
    expect(await verdictOn(await world.ready('after'))).toBe(done);
  });

  test('two credentials are alive, or the console stands in the way of a rotation', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator();
    await world.provider();
    await inOverlap(world, 'rotated');
    const rotated = await world.condition('rotated', 'RotationInProgress', 'True', 'Overlap');
    expect(await verdictOn(rotated)).toBe(done);
    await world.client('blocked');
    await world.ready('blocked');
    world.simulator.act({ action: 'rotateStart', clientId: clientOf(world, 'blocked').clientId });
    await annotate(world, 'blocked', { 'rotate-requested': 'now' });
    const blocked = await world.condition('blocked', 'RotationBlocked', 'True', 'ForeignRotationOpen');
    expect(await verdictOn(blocked)).toBe(done);
  });

  test('the provider cannot be asked: what is published stays done, and what has changed is not', async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator();
    await world.provider();
    for (const name of ['same', 'changed', 'leaving']) await world.client(name);
    for (const name of ['same', 'changed', 'leaving']) await world.ready(name);
    await refuseLogin(world);
    await annotate(world, 'same', { 'reconcile-requested': 'now' });
    const same = await world.condition('same', 'ClientSynced', 'Unknown', 'ProviderNotReady');
    expect(await verdictOn(same)).toBe(done);
    await world.patch('changed', { spec: { displayName: 'new' } });
    const changed = await world.condition('changed', 'Reconciling', 'True', 'ProviderNotReady');
    // Its Secret works, so this alone is not enough.
    expect(findCondition(changed.status?.conditions, 'Ready')?.status).toBe('True');
    expect(await verdictOn(changed)).toBe(underWay);

    await world.delete('leaving');
    const leaving = await world.condition('leaving', 'Ready', 'False', 'DeletionBlocked');
    expect(await verdictOn(leaving)).toBe('Terminating, Progressing, awaited');
    expect(await isMet(leaving, 'delete')).toBe(false);
  });
});

/** A provider object of this kind in a world, and how it is read and changed. */
const kinds = [
  {
    kind: 'IdentityProvider',
    resource: identityProviders,
    make: (world: World) => world.provider(),
    ref: (world: World) => world.ref(world.providerName),
  },
  {
    kind: 'ClusterIdentityProvider',
    resource: clusterIdentityProviders,
    make: (world: World) => shareProvider(world, [world.namespace], { clientPolicy: { scopes: ['*'] } }),
    ref: (world: World) => ({ name: world.namespace }),
  },
] as const;

test.each(kinds)('a provider object: $kind', async ({ kind, resource, make, ref }) => {
  await using world = await World.make(cluster.kubeconfigPath);
  const start = async (): Promise<void> => {
    // For the credential of a ClusterIdentityProvider it makes a namespace of its own.
    const operator = world.operator(['--watch-namespaces=', '--allowed-provider-hosts=127.0.0.1']);
    await until('it works', () => operator.output.some((line) => line.includes('caches are filled')));
  };
  const patch = (spec: object) => world.kube.mergePatch<MachineClientWire>(resource, ref(world), { spec });
  const get = () => world.kube.get<MachineClientWire>(resource, ref(world));
  const saying = (type: string, status: string): Promise<MachineClientWire> =>
    until(
      `${type}=${status}`,
      async () => {
        const object = await get();
        const condition = findCondition(object.status?.conditions, type);
        const fresh = condition?.observedGeneration === object.metadata.generation;
        return fresh && condition?.status === status && object;
      },
      { explain: async () => JSON.stringify((await get()).status, undefined, 1) },
    );
  const at = (url: string): object => ({ stytch: world.upstream.spec(url)['stytch'] });

  await start();
  await stop(world);
  await make(world);
  expect(await verdictOn(await get())).toBe(underWay);
  await start();
  expect(await verdictOn(await saying('Ready', 'True'))).toBe(done);
  await world.client('worker', { providerRef: { kind, name: ref(world).name } });
  await world.ready('worker');

  await stop(world);
  expect(await verdictOn(await patch({ resyncInterval: '2m' }))).toBe(underWay);
  world.simulator.setSwitches({ accountMode: 'unauthorized' });
  await start();
  expect(await verdictOn(await saying('CredentialsValid', 'False'))).toBe(underWay);
  world.simulator.setSwitches({ accountMode: 'normal' });
  expect(await verdictOn(await saying('Ready', 'True'))).toBe(done);

  await patch(at('http://127.0.0.1:1'));
  expect(await verdictOn(await saying('Reachable', 'False'))).toBe(underWay);
  await patch(at('https://api.example.com'));
  const stalled = await saying('Stalled', 'True');
  expect(await verdictOn(stalled)).toBe(failed);
  await patch(at(world.upstream.url));
  await saying('Ready', 'True');

  // A MachineClient needs it.
  await world.kube.delete(resource, ref(world));
  const leaving = await until('it is leaving', async () => {
    const object = await get();
    return object.metadata.deletionTimestamp !== undefined && object;
  });
  expect(await verdictOn(leaving)).toMatch(/^Terminating, Progressing, /);
  expect(await isMet(leaving, 'delete')).toBe(false);
  await world.kube.delete(machineClients, world.ref('worker'));
  await until('it is gone', () => isGone(get()));
});
