import { annotations, apiVersion } from '../../../src/api/group.ts';
import { identityProviders, machineClients } from '../../../src/api/objects.ts';
import { isConflict, isNotFound } from '../../../src/kube/errors.ts';
import { customResourceDefinitions, secrets } from '../../../src/kube/resource.ts';
import { adminClient } from '../../control-plane/admin-client.ts';
import { applyCrd, readCrds } from '../../helpers/install-crds.ts';
import { until } from '../../helpers/until.ts';
import { atRest, condition, type Scenario } from './scenario.ts';
import { overlap, type Picture, type Site } from './site.ts';

/** Deletions of more than one object, and what was never in a Secret. */

const spec = { displayName: 'before', rotation: { overlap } };
const make = ({ world }: Site, object: string) => world.client(object, spec);

/** The Secret with which the provider object logs in. */
const hasLogin = ({ secrets: all }: Picture): boolean =>
  [...all.keys()].some((name) => name.endsWith('-management'));

/** Somebody else was faster. */
const unlessGone = (error: unknown): void => {
  if (!isConflict(error) && !isNotFound(error)) throw error;
};

const definition = { name: 'machineclients.machine-client.dev' };
const DEFINITION_MS = 120_000;
/** What an object was before its definition went. */
const uids = new Map<string, string>();
const underWay = new WeakMap<Site, Promise<void>>();

const definitionIsGone = ({ world }: Site): Promise<unknown> =>
  until(
    'the definition is gone',
    () =>
      world.kube.get(customResourceDefinitions, definition, { metadataOnly: true }).then(
        () => false,
        (error: unknown) => isNotFound(error),
      ),
    { timeoutMs: DEFINITION_MS },
  );

/** Deleted, and applied again when it has gone, with all objects as Git has them. */
const deleteDefinition = async (site: Site): Promise<void> => {
  const { world } = site;
  const { objects } = await site.picture();
  for (const [name, { metadata }] of objects) {
    uids.set(name, metadata.uid);
    site.watchman.freeze(name, true);
  }
  await world.kube.delete(customResourceDefinitions, definition);
  const bringBack = async (): Promise<void> => {
    await definitionIsGone(site);
    await using admin = adminClient(world.kubeconfig);
    const crd = (await readCrds()).find(({ metadata }) => metadata.name === definition.name);
    if (crd) await applyCrd(admin, crd);
    for (const { metadata, spec: kept } of objects.values())
      await world.kube.create(machineClients, world.namespace, {
        apiVersion,
        kind: 'MachineClient',
        metadata: { name: metadata.name, namespace: world.namespace },
        spec: kept,
      });
  };
  // The act is over when the definition is deleted: what becomes of it is what the operator is killed in.
  underWay.set(
    site,
    bringBack().catch((error: unknown) => site.journal.note(undefined, `not brought back: ${String(error)}`)),
  );
};

/** One act for all objects of a round. */
const together = new WeakMap<Site, Promise<unknown>>();
const once = async (site: Site, act: () => Promise<unknown>): Promise<void> => {
  const begun = together.get(site) ?? act();
  together.set(site, begun);
  await begun;
  // The next round acts again.
  setImmediate(() => together.delete(site));
};

/** With these, even one object more is many. */
const ballast = Array.from({ length: 12 }, (_, index) => `ballast-${index}`);
const prepared = new WeakSet<Site>();

export const deletionScenarios: readonly Scenario[] = [
  {
    name: 'a file deleted together',
    id: 'file',
    prepare: make,
    act: async ({ world, watchman }, object) => {
      watchman.release(object);
      const { namespace, providerName, kube } = world;
      // As `kubectl delete -f FILE` does, in the worst order.
      await kube.delete(secrets, { namespace, name: `${providerName}-management` }).catch(unlessGone);
      await kube.delete(identityProviders, { namespace, name: providerName }).catch(unlessGone);
      await world.delete(object);
    },
    done: (picture, object) =>
      !picture.objects.has(object) && (picture.objects.size > 0 || (!picture.provider && !hasLogin(picture))),
    ends: 'gone',
    fresh: true,
  },
  {
    name: 'a definition deleted, and back',
    id: 'definition',
    provider: { orphanPolicy: 'Delete' },
    prepare: make,
    act: (site) => once(site, () => deleteDefinition(site)),
    done: (picture, object) =>
      atRest(picture, object) &&
      picture.objects.get(object)?.metadata.uid !== uids.get(object) &&
      picture.objects.get(object)?.status?.secretVersion === 1,
    ownCluster: true,
  },
  {
    // With the overlap that it would have otherwise, it would not come to an end.
    name: 'the answer to a creation is lost',
    id: 'first',
    loses: 'create',
    prepare: async () => {},
    act: ({ world }, object) => world.client(object, { ...spec, rotation: { overlap: '24h' } }),
    done: (picture, object) => atRest(picture, object),
  },
  {
    name: 'a mass deletion that is held, and confirmed',
    id: 'held',
    provider: { massDeletionPolicy: 'Hold' },
    prepare: async (site, object) => {
      if (!prepared.has(site)) {
        prepared.add(site);
        await Promise.all(ballast.map((name) => make(site, name)));
      }
      await make(site, object);
    },
    act: async (site, object) => {
      const { world, watchman } = site;
      for (const name of [object, ...ballast]) {
        watchman.release(name);
        watchman.freeze(name, true);
      }
      await once(site, () => Promise.all(ballast.map((name) => world.delete(name).catch(unlessGone))));
      await world.delete(object);
    },
    drive: async ({ world, watchman }, picture, object) => {
      if (condition(picture, object, 'Ready')?.reason !== 'MassDeletion') return;
      const { status, metadata } = await world.getProvider();
      const { token } = (status?.['massChange'] ?? {}) as { readonly token?: string };
      if (token === undefined || metadata.annotations?.[annotations.confirmMassChange] === token) return;
      for (const name of picture.objects.keys()) watchman.freeze(name, false);
      await world.patchProvider({ metadata: { annotations: { [annotations.confirmMassChange]: token } } });
    },
    done: (picture, object) => !picture.objects.has(object),
    ends: 'gone',
    fresh: true,
  },
];
