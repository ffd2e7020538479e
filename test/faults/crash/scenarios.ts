import { annotations, finalizers } from '../../../src/api/group.ts';
import { machineClients } from '../../../src/api/objects.ts';
import { namespaces, secrets } from '../../../src/kube/resource.ts';
import { formatOperation } from '../../../src/api/operation.ts';
import { isConflict, isNotFound } from '../../../src/kube/errors.ts';
import { chosenId, secretSeparator } from './call.ts';
import { atRest, condition, type Scenario } from './scenario.ts';
import type { World } from '../../helpers/world.ts';
import { overlap, type Picture, type Site } from './site.ts';

const spec = { displayName: 'before', rotation: { overlap } };
const nothing = async (): Promise<void> => {};
const make = ({ world }: Site, object: string) => world.client(object, spec);
const done: Scenario['done'] = (picture, object) => atRest(picture, object);
const again: Scenario['done'] = (picture, object) => atRest(picture, object, 2);
const isGone: Scenario['done'] = (picture, object) => !picture.objects.has(object);

export const rotateNow = { metadata: { annotations: { [annotations.rotateRequested]: 'now' } } };
const look = { metadata: { annotations: { [annotations.reconcileRequested]: 'now' } } };
/** A client that somebody has made; where the id cannot be chosen, it is known by the one that it got. */
const foreignIds = new Map<string, string>();
const foreignClient = async ({ world, reader }: Site, object: string): Promise<string> => {
  const { clientId, secret } = await world.upstream.createForeign(chosenId(object));
  foreignIds.set(`${world.namespace}/${object}`, clientId);
  reader.name(clientId, object);
  return secret;
};
const foreignId = ({ world }: Site, object: string): string =>
  foreignIds.get(`${world.namespace}/${object}`) ?? chosenId(object);
const clientIdOf = async ({ world }: Site, object: string): Promise<string> =>
  (await world.get(object)).status?.clientId ?? '';

/** Of its name, which every provider has; no longer than the shortest bears. */
const changedMeanwhile = 'changed while it was suspended';
const isSuspended = (picture: Picture, object: string): boolean =>
  ['ClientSynced', 'RotationInProgress', 'Reconciling'].some(
    (type) => condition(picture, object, type)?.reason === 'Suspended',
  );

/** The object without what only its cluster knew: as it is in a backup. Its Secret goes with it. */
const takeAway = async ({ world }: Site, object: string) => {
  const { kube } = world;
  const [found, secret] = await Promise.all([world.get(object), world.getSecret(object)]);
  await world.patch(object, { metadata: { finalizers: null } });
  await world.delete(object).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await kube.delete(secrets, world.ref(object));
  return { found, secret };
};

/** The main act of the operator, and everything else that it does for an object. */
export const scenarios: readonly Scenario[] = [
  { name: 'create', id: 'create', prepare: nothing, act: make, done },
  {
    name: 'create with import',
    id: 'import',
    only: 'two-phase',
    prepare: ({ world }, object) =>
      world.secret(`${object}${secretSeparator}import`, { value: `imported-${object}-0123456789abcdefghij` }),
    act: ({ world }, object) =>
      world.client(object, {
        ...spec,
        clientId: chosenId(object),
        credential: { importSecretRef: { name: `${object}${secretSeparator}import`, key: 'value' } },
      }),
    done,
  },
  {
    name: 'rotate',
    id: 'rotate',
    prepare: make,
    act: ({ world }, object) => world.patch(object, rotateNow),
    done: again,
    probed: true,
  },
  {
    // The client is there, its secret is not known, and nobody remembers anything.
    name: 'recover a client',
    id: 'recover',
    prepare: make,
    offline: true,
    act: async (site, object) => {
      await takeAway(site, object);
      site.watchman.forget(object);
      await make(site, object);
    },
    done,
  },
  {
    name: 'recover a rotation',
    id: 'lost',
    only: 'two-phase',
    prepare: make,
    offline: true,
    act: async (site, object) => {
      const { world } = site;
      const { metadata, status } = await world.get(object);
      const operation = formatOperation({
        id: 'died-before-it-published',
        kind: 'start',
        at: Date.now() - 60_000,
        until: Date.now() - 30_000,
        uid: metadata.uid,
        installation: world.namespace,
        incarnation: 0,
      });
      await world.patch(object, { metadata: { annotations: { [annotations.operation]: operation } } });
      (world as unknown as World).simulator.act({
        action: 'rotateStart',
        clientId: status?.clientId ?? '',
      });
    },
    done,
    probed: true,
  },
  {
    name: 'adopt',
    id: 'adopt',
    prepare: foreignClient,
    act: (site, object) =>
      site.world.client(object, { ...spec, clientId: foreignId(site, object), adoptionPolicy: 'Existing' }),
    done,
  },
  {
    name: 'adopt with its Secret',
    id: 'adopt-both',
    prepare: async (site, object) => {
      const value = await foreignClient(site, object);
      await site.world.secret(object, {
        'client-id': foreignId(site, object),
        [site.world.upstream.valueEntry]: value,
      });
    },
    act: (site, object) =>
      site.world.client(object, { ...spec, clientId: foreignId(site, object), adoptionPolicy: 'Existing' }),
    done,
  },
  {
    name: 'update',
    id: 'update',
    prepare: make,
    act: ({ world }, object) =>
      world.patch(object, {
        spec: {
          displayName: 'after',
          ...('scopes' in world.upstream.clientSpec && { scopes: ['write:invoices'] }),
        },
      }),
    done: (picture, object) => done(picture, object) && picture.clients(object)[0]?.name === 'after',
  },
  {
    name: 'Secret deleted',
    id: 'deleted',
    prepare: make,
    act: async (site, object) => {
      site.watchman.forget(object);
      await site.world.kube.delete(secrets, site.world.ref(object));
    },
    done: again,
    most: 16,
  },
  {
    name: 'Secret edited',
    id: 'edited',
    prepare: make,
    act: async (site, object) => {
      site.watchman.forget(object);
      await site.world.kube.mergePatch(secrets, site.world.ref(object), {
        stringData: { [site.world.upstream.valueEntry]: 'a person wrote this' },
      });
    },
    done: again,
    most: 16,
  },
  {
    name: 'client deleted upstream',
    id: 'killed',
    prepare: make,
    act: async (site, object) => {
      const clientId = await clientIdOf(site, object);
      site.watchman.forget(object);
      await site.world.upstream.deleteClient(clientId);
      await site.world.patch(object, look);
    },
    done: again,
    most: 16,
  },
  {
    name: 'rename',
    id: 'rename',
    prepare: make,
    act: ({ world }, object) =>
      world.patch(object, { spec: { secret: { name: `${object}${secretSeparator}new` } } }),
    done: (picture, object) =>
      atRest(picture, object, 2) &&
      picture.secrets.has(`${object}${secretSeparator}new`) &&
      !picture.secrets.has(object),
  },
  {
    name: 'suspend',
    id: 'suspend',
    prepare: make,
    act: ({ world }, object) => world.patch(object, { ...rotateNow, spec: { suspend: true } }),
    // Suspended, it rests, whatever else is changed; resumed, it does what was asked for meanwhile.
    drive: async ({ world, watchman }, picture, object) => {
      const found = picture.objects.get(object);
      const told = found?.status?.observedGeneration === found?.metadata.generation;
      if (found?.spec['suspend'] !== true || !told || !isSuspended(picture, object)) return;
      const changed = found.spec['displayName'] === changedMeanwhile;
      watchman.freeze(object, !changed);
      await world.patch(object, { spec: changed ? { suspend: false } : { displayName: changedMeanwhile } });
    },
    done: (picture, object) =>
      again(picture, object) && picture.objects.get(object)?.spec['suspend'] === false,
  },
  {
    name: 'delete',
    id: 'delete',
    prepare: make,
    act: async (site, object) => {
      site.watchman.release(object);
      await site.world.delete(object);
    },
    done: isGone,
    ends: 'gone',
  },
  {
    name: 'delete with Retain',
    id: 'retain',
    prepare: ({ world }, object) =>
      world.client(object, { ...spec, deletionPolicy: 'Retain', secret: { deletionPolicy: 'Retain' } }),
    act: ({ world }, object) => world.delete(object),
    done: isGone,
    ends: 'retained',
  },
  {
    name: 'namespace deletion',
    id: 'namespace',
    prepare: make,
    act: async (site, object) => {
      site.watchman.release(object);
      // One deletion is all of theirs: the others are told that it goes on already.
      await site.world.kube.delete(namespaces, { name: site.world.namespace }).catch((error: unknown) => {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      });
    },
    done: (picture, object) => isGone(picture, object) && picture.secrets.size === 0 && !picture.namespace,
    ends: 'gone',
    fresh: true,
    contested: ['DELETE secrets'],
  },
  {
    name: 'two leaders, create',
    id: 'leaders-create',
    prepare: nothing,
    act: make,
    done,
    leaders: true,
  },
  {
    // Without an overlap: whoever dozes is to be awake again before its operation is settled, so all must come soon.
    name: 'two leaders, rotate',
    id: 'leaders-rotate',
    prepare: async ({ world, watchman }, object) => {
      watchman.setOverlap(object, 0);
      await world.client(object, { ...spec, rotation: { overlap: '0s' } });
    },
    act: ({ world }, object) => world.patch(object, rotateNow),
    done: again,
    leaders: true,
    probed: true,
  },
  {
    name: 'restore without status',
    id: 'status',
    prepare: make,
    offline: true,
    act: ({ world }, object) =>
      world.kube.mergePatch(machineClients, world.ref(object), { status: null }, { subresource: 'status' }),
    done,
  },
  {
    name: 'restore with new uids',
    id: 'uids',
    prepare: make,
    offline: true,
    act: async (site, object) => {
      const { world } = site;
      const { found, secret } = await takeAway(site, object);
      await world.client(object, found.spec, {
        annotations: found.metadata.annotations,
        finalizers: [finalizers.upstream],
      });
      const { labels, annotations: own } = secret.metadata;
      await world.kube.create(secrets, world.namespace, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: object, namespace: world.namespace, labels, annotations: own },
        type: secret.type,
        data: secret.data,
      });
    },
    done,
  },
];
