import type { RawObject } from '../../../src/kube/list-pager.ts';
import { annotations, apiVersion, finalizers, labels } from '../../../src/api/group.ts';
import { Chance } from './chance.ts';
import { pathOf } from './cluster.ts';
import { setIntegrityKey } from './furnish.ts';
import { ControlError } from '../../simulators/provider.ts';
import { NAMESPACE, type Act } from './schedule.ts';
import { valueEntry } from '../../helpers/value-entry.ts';
import { clientsOf, keyOf, secretNameOf, type Stored } from './truth.ts';
import { actOnWorkload, moveConsumers } from './workload-acts.ts';
import type { Upstream } from './upstreams/upstream.ts';
import type { World } from './world.ts';

const RESTORED_MS = 40_000;
const key = (name: string): string => `${NAMESPACE}/${name}`;

const makeObject = (
  { cluster, upstream }: World,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): RawObject | undefined =>
  cluster.create('machineclients', {
    apiVersion,
    kind: 'MachineClient',
    metadata: { name },
    spec: { providerRef: { name: upstream.name }, ...spec },
  });

const entries = (clientId: string, value: string): Record<string, string> => ({
  'client-id': clientId,
  'client-secret': value,
});

/** Undefined: the provider has no clients, or takes no more at the moment, from whomever. */
const madeByHand = (
  upstream: Upstream,
  id: string,
  spec: Readonly<Record<string, unknown>>,
): ReturnType<NonNullable<Upstream['makeByHand']>> | undefined => {
  try {
    return upstream.makeByHand?.(id, spec);
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
};

/** What is there before the object, and then the object, which names it. */
const adopt = (world: World, { name, spec, beside }: Extract<Act, { do: 'adopt' }>): void => {
  const { cluster, upstream, schedule } = world;
  const byHand = (secret: string, stringData: Record<string, string>): void =>
    void cluster.create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret },
      stringData,
    });
  if (beside === 'value') {
    byHand(`${name}-value`, {
      value: new Chance(schedule.seed, `value of ${name}`).bytes(24).toString('hex'),
    });
    const importSecretRef = { name: `${name}-value`, key: 'value' };
    makeObject(world, name, { ...spec, clientId: `by-hand-${name}`, credential: { importSecretRef } });
    return;
  }
  const made = madeByHand(upstream, `by-hand-${name}`, spec);
  if (!made) return;
  const { clientId, value } = made;
  if (beside !== 'client') byHand(name, { ...entries(clientId, value), more: 'theirs' });
  makeObject(world, name, {
    ...spec,
    clientId,
    adoptionPolicy: 'Existing',
    ...(beside === 'merged' && { secret: { creationPolicy: 'Merge' } }),
  });
};

/** Somebody, or something, does one thing. What cannot be done at the moment is left undone. */
export const carryOutAct = (world: World, act: Act): void => {
  const { cluster, agenda, weather, upstream } = world;
  world.timeline.say(agenda.now, `* ${JSON.stringify(act)}`);
  switch (act.do) {
    case 'create':
      makeObject(world, act.name, act.spec);
      return;
    case 'adopt':
      adopt(world, act);
      return;
    case 'brief': {
      const uid = makeObject(world, act.name, act.spec)?.metadata.uid;
      if (uid !== undefined) agenda.after(act.ms, () => cluster.removeUnheld(act.name, uid));
      return;
    }
    case 'edit':
      cluster.patch('machineclients', act.name, { spec: act.spec });
      return;
    case 'rotate':
      annotate(world, act.name, annotations.rotateRequested, act.token);
      return;
    case 'look':
      annotate(world, act.name, annotations.reconcileRequested, act.token);
      return;
    case 'revoke': {
      const version = cluster.machineClient(key(act.name))?.status?.secretVersion;
      annotate(world, act.name, annotations.revokePrevious, String(version ?? act.token));
      return;
    }
    case 'revoke-another':
      annotate(world, act.name, annotations.revokePrevious, act.token);
      return;
    case 'delete':
      cluster.write('DELETE', pathOf('machineclients', act.name));
      return;
    case 'restore':
      restoreObject(world, act.name);
      return;
    case 'wipe-status': {
      const object = cluster.machineClient(key(act.name));
      if (!object) return;
      const { status: _, ...rest } = object;
      cluster.write('PUT', `${pathOf('machineclients', act.name)}/status`, rest);
      return;
    }
    case 'wipe-operation':
      cluster.patch('machineclients', act.name, {
        metadata: { annotations: { [annotations.operation]: null } },
      });
      return;
    case 'delete-secret':
      onSecret(world, act.name, (name) => cluster.write('DELETE', pathOf('secrets', name)));
      return;
    case 'edit-secret':
      onSecret(world, act.name, (name) =>
        cluster.patch('secrets', name, {
          stringData: { [valueEntry(dataOf(world, name))]: 'typed by hand' },
        }),
      );
      return;
    case 'restore-secret':
      onSecret(world, act.name, (name) => {
        const former = world.observer.ledger.replaced.get(key(act.name));
        const metadata = { annotations: former?.metadata.annotations };
        if (!former) return;
        cluster.patch('secrets', name, { metadata, data: former['data'] });
        world.observer.ledger.putBack.add(key(act.name));
      });
      return;
    case 'unlabel-secret':
      onSecret(world, act.name, (name) =>
        cluster.patch('secrets', name, { metadata: { labels: { [labels.managed]: null } } }),
      );
      return;
    case 'rename-secret':
      cluster.patch('machineclients', act.name, { spec: { secret: { name: act.to } } });
      moveConsumers(world, act.name, act.to);
      return;
    case 'deploy':
    case 'scale':
    case 'remake':
    case 'lose-pod':
    case 'undo':
    case 'stick':
    case 'pause':
      actOnWorkload(world, act);
      return;
    case 'delete-namespace':
      cluster.write('DELETE', pathOf('namespaces', NAMESPACE));
      return;
    case 'delete-all':
      deleteAll(world);
      return;
    case 'definition':
      world.definition.delete(act.ms);
      return;
    case 'console':
      inConsole(world, act);
      return;
    case 'quota':
      upstream.setQuota(act.clients);
      agenda.after(act.ms, () => upstream.setQuota(0));
      return;
    case 'credential':
      upstream.replaceLogin();
      agenda.after(act.ms, () => world.giveCredential());
      return;
    case 'end-sessions':
      upstream.endSessions();
      return;
    case 'subject':
      upstream.setSubject(false);
      agenda.after(act.ms, () => upstream.setSubject(true));
      return;
    case 'wipe-clients': {
      const published = cluster.machineClients().filter(isPublished);
      // Who was lost before, and is being made again, is not lost with the others: then these are not all.
      const sound = published.every((object) => clientsOf(upstream, keyOf(object)).length > 0);
      for (const { clientId } of upstream.clients())
        world.observer.consoleActed(clientId, () => upstream.actOn(clientId, 'delete'));
      if (sound && published.length >= 3) world.observer.massSince = agenda.now;
      return;
    }
    case 'rival':
      if (act.spec) makeObject(world, act.name, act.spec);
      world.rival.join(act.name);
      return;
    case 'kill':
      world.killReplica(act.replica);
      if (world.replicas.has(act.replica)) world.restartLater(act.replica, act.ms);
      return;
    case 'term':
      world.replicas.get(act.replica)?.terminate();
      return;
    case 'stop': {
      const replica = world.replicas.get(act.replica);
      replica?.pause();
      agenda.after(act.ms, () => replica?.resume());
      return;
    }
    case 'clock':
      world.setClock(act.replica, act.ms);
      return;
    case 'lag':
      weather.lag(act.resource, act.lagMs, act.ms);
      return;
    case 'cut':
      world.wire.cut();
      return;
    case 'compact':
      cluster.server.compact();
      return;
    case 'lose-key':
      world.observer.ledger.keyLost = agenda.now;
      setIntegrityKey(world.cluster, new Chance(world.schedule.seed, `integrity key at ${agenda.now}`));
      // It is read at the start only.
      restartAll(world);
      return;
    case 'etcd-restore': {
      const point = world.snapshots.findLast(({ at }) => at <= agenda.now - act.ms);
      if (!point) return;
      world.observer.restored([...world.replicas.values()].map(({ name }) => name));
      cluster.server.restore(point.snapshot);
      world.observer.definitions.restored(cluster.machineClients());
      world.fleet.restored();
      world.namespaceController.wake();
      world.definition.wake();
      // As the manual of etcd says: whatever watches must begin anew. Until then the operators work with what they knew.
      agenda.after(RESTORED_MS, () => restartAll(world));
      return;
    }
    case 'storm':
    case 'outage':
    case 'loss':
    case 'slow':
      weather.begin(act);
      return;
    case 'refuse':
      world.admission.begin(act);
  }
};

const restartAll = (world: World): void => {
  for (const place of world.replicas.keys()) {
    world.killReplica(place);
    world.restartLater(place, 1_000);
  }
};

/** The wrong label in a script, or a pruned application. */
const deleteAll = ({ cluster, observer, schedule }: World): void => {
  const all = cluster.machineClients();
  for (const { metadata } of all) cluster.write('DELETE', pathOf('machineclients', metadata.name));
  const marked = all.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(finalizers.upstream) === true,
  );
  if (schedule.settings.holdsDeletions === true) observer.hold.begins(marked, all.length);
};

const isPublished = (object: Stored): boolean =>
  object.status?.secretVersion !== undefined && object.metadata.deletionTimestamp === undefined;

const annotate = (world: World, name: string, annotation: string, value: string): void => {
  world.cluster.patch('machineclients', name, { metadata: { annotations: { [annotation]: value } } });
};

const onSecret = (world: World, name: string, act: (secret: string) => void): void => {
  const object = world.cluster.machineClient(key(name));
  if (object) act(secretNameOf(object));
};

/** As backup tools do: the same spec and annotations, another uid, no status, and no finalizer that would hold it. */
const restoreObject = ({ cluster }: World, name: string): void => {
  const object = cluster.machineClient(key(name));
  if (!object || object.metadata.deletionTimestamp !== undefined) return;
  cluster.patch('machineclients', name, { metadata: { finalizers: [] } });
  cluster.write('DELETE', pathOf('machineclients', name));
  cluster.create('machineclients', {
    apiVersion,
    kind: 'MachineClient',
    metadata: { name, annotations: object.metadata.annotations ?? {}, finalizers: [finalizers.upstream] },
    spec: object.spec,
  });
};

const dataOf = ({ cluster }: World, name: string): object =>
  cluster.server.get('secrets', NAMESPACE, name)?.['data'] ?? {};

const inConsole = ({ upstream, observer }: World, { name, what }: Extract<Act, { do: 'console' }>): void => {
  const client = clientsOf(upstream, key(name))[0];
  if (client) observer.consoleActed(client.clientId, () => upstream.actOn(client.clientId, what));
};
