import { annotations, apiVersion, finalizers, labels } from '../../../src/api/group.ts';
import { actInConsole } from '../../simulators/stytch/console.ts';
import { Chance } from './chance.ts';
import { pathOf } from './cluster.ts';
import { NAMESPACE, type Act } from './schedule.ts';
import { clientsOf, keyOf, secretNameOf, type Stored } from './truth.ts';
import { actOnWorkload, moveConsumers } from './workload-acts.ts';
import type { World } from './world.ts';

const RESTORED_MS = 40_000;
const key = (name: string): string => `${NAMESPACE}/${name}`;

/** Somebody, or something, does one thing. What cannot be done at the moment is left undone. */
export const carryOutAct = (world: World, act: Act): void => {
  const { cluster, agenda, weather } = world;
  world.timeline.say(agenda.now, `* ${JSON.stringify(act)}`);
  switch (act.do) {
    case 'create':
      cluster.create('machineclients', {
        apiVersion,
        kind: 'MachineClient',
        metadata: { name: act.name },
        spec: { providerRef: { name: 'stytch' }, ...act.spec },
      });
      return;
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
        cluster.patch('secrets', name, { stringData: { 'client-secret': 'typed by hand' } }),
      );
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
    case 'console':
      inConsole(world, act);
      return;
    case 'quota':
      world.stytch.switches.set({ maxClients: act.clients });
      agenda.after(act.ms, () => world.stytch.switches.set({ maxClients: 0 }));
      return;
    case 'credential':
      actInConsole(world.stytch.account, { action: 'rotateManagementSecret' });
      agenda.after(act.ms, () => world.giveCredential());
      return;
    case 'wipe-clients': {
      const published = cluster.machineClients().filter(isPublished);
      // Who was lost before, and is being made again, is not lost with the others: then these are not all.
      const sound = published.every((object) => clientsOf(world.stytch.account, keyOf(object)).length > 0);
      for (const { clientId } of [...world.stytch.account.allClients()])
        world.observer.consoleActed(clientId, () =>
          actInConsole(world.stytch.account, { action: 'deleteClient', clientId }),
        );
      if (sound && published.length >= 3) world.observer.massSince = agenda.now;
      return;
    }
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
      world.setIntegrityKey(new Chance(world.schedule.seed, `integrity key at ${agenda.now}`));
      // It is read at the start only.
      restartAll(world);
      return;
    case 'etcd-restore': {
      const point = world.snapshots.findLast(({ at }) => at <= agenda.now - act.ms);
      if (!point) return;
      world.observer.restored([...world.replicas.values()].map(({ name }) => name));
      cluster.server.restore(point.snapshot);
      world.fleet.restored();
      // As the manual of etcd says: whatever watches must begin anew. Until then the operators work with what they knew.
      agenda.after(RESTORED_MS, () => restartAll(world));
      return;
    }
    case 'storm':
    case 'outage':
    case 'loss':
      weather.begin(act);
  }
};

const restartAll = (world: World): void => {
  for (const place of world.replicas.keys()) {
    world.killReplica(place);
    world.restartLater(place, 1_000);
  }
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

const inConsole = (world: World, { name, what }: Extract<Act, { do: 'console' }>): void => {
  const { account } = world.stytch;
  const client = clientsOf(account, key(name))[0];
  if (!client) return;
  const { clientId, next } = client;
  const act = (action: 'rotateStart' | 'rotate' | 'rotateCancel'): void =>
    world.observer.consoleActed(clientId, () => actInConsole(account, { action, clientId }));
  switch (what) {
    case 'delete':
      world.observer.consoleActed(clientId, () =>
        actInConsole(account, { action: 'deleteClient', clientId }),
      );
      return;
    case 'change':
      world.observer.consoleActed(clientId, () =>
        actInConsole(account, {
          action: 'changeClient',
          clientId,
          fields: { client_name: 'changed in the console', scopes: ['write:all'] },
        }),
      );
      return;
    case 'start':
      if (!next) act('rotateStart');
      return;
    case 'promote':
      if (next) act('rotate');
      return;
    case 'cancel':
      if (next) act('rotateCancel');
      return;
    case 'rotate':
      if (!next) act('rotateStart');
      act('rotate');
  }
};
