import type { RawObject } from '../../../src/kube/list-pager.ts';
import { annotations, apiVersion, finalizers, labels } from '../../../src/api/group.ts';
import { Chance } from './chance.ts';
import { pathOf } from './cluster.ts';
import { setIntegrityKey } from './furnish.ts';
import { ControlError } from '../../simulators/provider.ts';
import { NAMESPACE, type Act, type Step } from './schedule.ts';
import { valueEntry } from '../../helpers/value-entry.ts';
import { clientsOf, keyOf, secretNameOf, type Stored } from './truth.ts';
import { actOnWorkload, moveConsumers } from './workload-acts.ts';
import type { Upstream } from './upstreams/upstream.ts';
import type { World } from './world.ts';

const RESTORED_MS = 40_000;

/** What people do to, in one namespace of the world. */
class Place {
  readonly world: World;
  readonly namespace: string;

  constructor(world: World, namespace: string) {
    this.world = world;
    this.namespace = namespace;
  }

  key(name: string): string {
    return `${this.namespace}/${name}`;
  }

  machineClient(name: string): Stored | undefined {
    return this.world.cluster.machineClient(this.key(name));
  }

  make(name: string, spec: Readonly<Record<string, unknown>>): RawObject | undefined {
    const providerRef = { name: this.world.upstream.name };
    const object = { apiVersion, kind: 'MachineClient', metadata: { name }, spec: { providerRef, ...spec } };
    return this.create('machineclients', object);
  }

  create(resource: string, body: object): RawObject | undefined {
    return this.world.cluster.create(resource, body, this.namespace);
  }

  patch(resource: string, name: string, body: object): void {
    this.world.cluster.patch(resource, name, body, this.namespace);
  }

  annotate(name: string, annotation: string, value: string | null): void {
    this.patch('machineclients', name, { metadata: { annotations: { [annotation]: value } } });
  }

  delete(resource: string, name: string): void {
    this.world.cluster.write('DELETE', pathOf(resource, name, this.namespace));
  }

  /** The Secret of this MachineClient, by its name; nothing where there is no such object. */
  onSecret(name: string, act: (secret: string) => void): void {
    const object = this.machineClient(name);
    if (object) act(secretNameOf(object));
  }
}

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
const adopt = (place: Place, { name, spec, beside }: Extract<Act, { do: 'adopt' }>): void => {
  const { upstream, schedule } = place.world;
  const byHand = (secret: string, stringData: Record<string, string>): void =>
    void place.create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret },
      stringData,
    });
  const of = place.namespace === NAMESPACE ? name : `${name}-of-${place.namespace}`;
  if (beside === 'value') {
    byHand(`${name}-value`, {
      value: new Chance(schedule.seed, `value of ${of}`).bytes(24).toString('hex'),
    });
    const importSecretRef = { name: `${name}-value`, key: 'value' };
    place.make(name, { ...spec, clientId: `by-hand-${of}`, credential: { importSecretRef } });
    return;
  }
  const made = madeByHand(upstream, `by-hand-${of}`, spec);
  if (!made) return;
  const { clientId, value } = made;
  if (beside !== 'client') byHand(name, { ...entries(clientId, value), more: 'theirs' });
  place.make(name, {
    ...spec,
    clientId,
    adoptionPolicy: 'Existing',
    ...(beside === 'merged' && { secret: { creationPolicy: 'Merge' } }),
  });
};

/** Somebody, or something, does one thing. What cannot be done at the moment is left undone. */
export const carryOutAct = (world: World, act: Act, namespace: Step['namespace']): void => {
  const { cluster, agenda, weather, upstream } = world;
  const place = new Place(world, namespace ?? NAMESPACE);
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  world.timeline.say(agenda.now, `* ${JSON.stringify(act)}${where}`);
  switch (act.do) {
    case 'create':
      place.make(act.name, act.spec);
      return;
    case 'adopt':
      adopt(place, act);
      return;
    case 'brief': {
      const uid = place.make(act.name, act.spec)?.metadata.uid;
      if (uid !== undefined) agenda.after(act.ms, () => cluster.removeUnheld(place.namespace, act.name, uid));
      return;
    }
    case 'edit':
      place.patch('machineclients', act.name, { spec: act.spec });
      return;
    case 'rotate':
      place.annotate(act.name, annotations.rotateRequested, act.token);
      return;
    case 'look':
      place.annotate(act.name, annotations.reconcileRequested, act.token);
      return;
    case 'revoke': {
      const version = place.machineClient(act.name)?.status?.secretVersion;
      place.annotate(act.name, annotations.revokePrevious, String(version ?? act.token));
      return;
    }
    case 'revoke-another':
      place.annotate(act.name, annotations.revokePrevious, act.token);
      return;
    case 'delete':
      place.delete('machineclients', act.name);
      return;
    case 'restore':
      restoreObject(place, act.name);
      return;
    case 'wipe-status': {
      const object = place.machineClient(act.name);
      if (!object) return;
      const { status: _, ...rest } = object;
      cluster.write('PUT', `${pathOf('machineclients', act.name, place.namespace)}/status`, rest);
      return;
    }
    case 'wipe-operation':
      place.annotate(act.name, annotations.operation, null);
      return;
    case 'delete-secret':
      place.onSecret(act.name, (name) => place.delete('secrets', name));
      return;
    case 'edit-secret':
      place.onSecret(act.name, (name) =>
        place.patch('secrets', name, {
          stringData: { [valueEntry(dataOf(place, name))]: 'typed by hand' },
        }),
      );
      return;
    case 'restore-secret':
      place.onSecret(act.name, (name) => {
        const former = world.observer.ledger.replaced.get(place.key(act.name));
        const metadata = { annotations: former?.metadata.annotations };
        if (!former) return;
        place.patch('secrets', name, { metadata, data: former['data'] });
        world.observer.ledger.putBack.add(place.key(act.name));
      });
      return;
    case 'unlabel-secret':
      place.onSecret(act.name, (name) =>
        place.patch('secrets', name, { metadata: { labels: { [labels.managed]: null } } }),
      );
      return;
    case 'rename-secret':
      place.patch('machineclients', act.name, { spec: { secret: { name: act.to } } });
      moveConsumers(world, place.namespace, act.name, act.to);
      return;
    case 'deploy':
    case 'scale':
    case 'remake':
    case 'lose-pod':
    case 'undo':
    case 'stick':
    case 'pause':
      actOnWorkload(world, act, place.namespace);
      return;
    case 'delete-namespace':
      cluster.write('DELETE', pathOf('namespaces', place.namespace));
      return;
    case 'delete-all':
      deleteAll(world);
      return;
    case 'definition':
      world.definition.delete(act.ms);
      return;
    case 'console':
      inConsole(place, act);
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
      if (act.spec) place.make(act.name, act.spec);
      world.rival.join(place.namespace, act.name);
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
  for (const { metadata } of all)
    cluster.write('DELETE', pathOf('machineclients', metadata.name, metadata.namespace));
  const marked = all.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(finalizers.upstream) === true,
  );
  if (schedule.settings.holdsDeletions === true) observer.hold.begins(marked, all.length);
};

const isPublished = (object: Stored): boolean =>
  object.status?.secretVersion !== undefined && object.metadata.deletionTimestamp === undefined;

/** As backup tools do: the same spec and annotations, another uid, no status, and no finalizer that would hold it. */
const restoreObject = (place: Place, name: string): void => {
  const object = place.machineClient(name);
  if (!object || object.metadata.deletionTimestamp !== undefined) return;
  place.patch('machineclients', name, { metadata: { finalizers: [] } });
  place.delete('machineclients', name);
  place.create('machineclients', {
    apiVersion,
    kind: 'MachineClient',
    metadata: { name, annotations: object.metadata.annotations ?? {}, finalizers: [finalizers.upstream] },
    spec: object.spec,
  });
};

const dataOf = ({ world, namespace }: Place, name: string): object =>
  world.cluster.server.get('secrets', namespace, name)?.['data'] ?? {};

const inConsole = (place: Place, { name, what }: Extract<Act, { do: 'console' }>): void => {
  const { upstream, observer } = place.world;
  const client = clientsOf(upstream, place.key(name))[0];
  if (client) observer.consoleActed(client.clientId, () => upstream.actOn(client.clientId, what));
};
