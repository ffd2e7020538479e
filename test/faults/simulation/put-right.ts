import { annotations } from '../../../src/api/group.ts';
import { pathOf } from './cluster.ts';
import { isRival } from './rival.ts';
import { clientsOf, keyOf, secretNameOf, type Stored } from './truth.ts';
import { listsNames } from './upstreams/upstream.ts';
import { repairConsumers } from './workload-acts.ts';
import type { World } from './world.ts';

/** An event has said which of them named no present version, and says so again to whoever restarts the operator. */
export const takeBackRequests = ({ cluster }: World): void => {
  for (const object of cluster.machineClients())
    if (object.metadata.annotations?.[annotations.revokePrevious] !== undefined)
      cluster.patchObject('machineclients', object, {
        metadata: { annotations: { [annotations.revokePrevious]: null } },
      });
};

/** When all is over, people put right what only people can. */
export const putRight = (world: World): void => {
  const { cluster, upstream } = world;
  for (const provider of world.providers()) {
    const massChange = provider.status?.massChange;
    if (!massChange) continue;
    world.observer.massSince = undefined;
    world.observer.hold.confirmed();
    cluster.patchObject('identityproviders', provider, {
      metadata: { annotations: { [annotations.confirmMassChange]: massChange.token } },
    });
  }
  deleteWidowedSecrets(world);
  repairConsumers(world);
  if (world.rival.cluster) removeWhatTheRivalMade(world);
  for (const object of cluster.machineClients()) {
    const { spec } = object;
    const patch = (body: object): void => void cluster.patchObject('machineclients', object, body);
    if (spec.suspend === true || spec.state === 'Inactive')
      patch({ spec: { suspend: false, state: 'Active' } });
    // Let go of (Retain), and then etcd was put back to before that: the message says how to take it over again.
    if (object.status?.conditions?.some(({ reason }) => reason === 'AdoptionNotAllowed') === true) {
      patch({ spec: { adoptionPolicy: 'Existing' } });
      const allows = { spec: { clientPolicy: { adoption: 'Allow' } } };
      cluster.patch('identityproviders', upstream.name, allows, object.metadata.namespace);
    }
    if (says(object, 'OverlapNotPossible')) {
      world.observer.consoleActed(object.status?.clientId ?? '', () => upstream.actOn('', 'bind'));
      patch({ metadata: { annotations: { [annotations.reconcileRequested]: `at ${world.agenda.now}` } } });
    }
    // The client that it was to take over is gone, and the message says so.
    if (says(object, 'ClientNotFound')) patch({ spec: { clientId: null } });
    // What stays of a Secret that was merged into is nobody's of ours, and the message says so.
    if (says(object, 'SecretNotOurs'))
      cluster.write('DELETE', pathOf('secrets', secretNameOf(object), object.metadata.namespace));
    // It waits for a workload that is not there, and says so.
    const waits = object.status?.conditions?.some(
      ({ type, message }) => type === 'RotationInProgress' && message.includes('does not exist'),
    );
    if (waits === true) patch({ spec: { restart: null } });
    // What was refused for good is not tried again before somebody says so; and a key that went in the console is not
    // missed where the list shows names alone.
    if (says(object, 'RejectedByProvider') || says(object, 'ManagedByAnother') || !isServed(world, object))
      patch({ metadata: { annotations: { [annotations.reconcileRequested]: `at ${world.agenda.now}` } } });
    endForeign(world, object);
  }
};

/** Its credentials, and clients that it alone knows; not before our side has a credential of its own. */
const removeWhatTheRivalMade = ({ upstream, cluster, observer }: World): void => {
  for (const { clientId, credentials, mark } of upstream.clients()) {
    const remove = (act: () => void): void => observer.consoleActed(clientId, act);
    const own = cluster.machineClient(mark?.owner ?? '')?.metadata.uid;
    const isSecond =
      mark?.uid !== own && clientsOf(upstream, mark?.owner ?? '').some((one) => one.mark?.uid === own);
    const isTheirs = (id: string): boolean => isRival(observer.births.minter(clientId, id) ?? '');
    if (mark && !mark.released && (!cluster.machineClient(mark.owner) || isSecond))
      remove(() => upstream.actOn(clientId, 'delete'));
    else if (credentials.length > 1)
      for (const { id } of credentials.filter((one) => isTheirs(one.id)))
        if (upstream.style !== 'two-phase' || id === credentials[1]?.id)
          remove(() => upstream.dropCredential(clientId, id));
  }
};

/**
 * What a person had deleted, and then went with its definition before it was removed, is not made again: its client stays
 * for as long as its Secret is there (docs/decisions/026).
 */
const deleteWidowedSecrets = ({ cluster, definition }: World): void => {
  if (!definition.wasDeleted || definition.busy) return;
  for (const { owner, name, namespace } of cluster.published())
    if (!cluster.machineClient(owner)) cluster.write('DELETE', pathOf('secrets', name, namespace));
};

const isServed = (world: World, object: Stored): boolean =>
  !listsNames(world) ||
  world.cluster
    .secretsOf(keyOf(object))
    .some(({ clientId, value }) => world.upstream.accepts(clientId, value));

const says = (object: Stored, wanted: string): boolean =>
  object.status?.conditions?.some(({ reason }) => reason === wanted) === true;

/** What somebody else has open, or has left no room with, is said, and ended where it was begun. */
const endForeign = ({ upstream, observer }: World, object: Stored): void => {
  for (const { clientId, credentials } of clientsOf(upstream, keyOf(object))) {
    const act = (id: string): void =>
      observer.consoleActed(clientId, () => upstream.dropCredential(clientId, id));
    if (says(object, 'ForeignRotationOpen') && credentials[1]) act(credentials[1].id);
    const foreign = object.status?.credentials?.find(({ state }) => state === 'Foreign');
    if (says(object, 'CredentialLimitReached') && foreign) act(foreign.id);
  }
};

/** From now on nothing is due by itself. */
export const endPlans = ({ cluster }: World): void => {
  for (const object of cluster.machineClients())
    cluster.patchObject('machineclients', object, {
      spec: { rotation: { interval: null, schedule: null, timeZone: null, windows: null } },
    });
};
