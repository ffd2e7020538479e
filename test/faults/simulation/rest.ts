import { annotations } from '../../../src/api/group.ts';
import { parseOperation } from '../../../src/api/operation.ts';
import { isFresh, isUnresolved } from '../../../src/machine-client/operation.ts';
import { EPOCH, namespacesOf } from './schedule.ts';
import { clientsOf, condition, keyOf, secretNameOf, type Published, type Stored } from './truth.ts';
import { listsNames, type TrueClient } from './upstreams/upstream.ts';
import type { World } from './world.ts';

export interface Unrest {
  readonly invariant: string;
  readonly text: string;
}

/** What is not as it must be once nothing is due any more. */
export const unrest = (world: World): readonly Unrest[] => {
  const objects = world.cluster.machineClients();
  return [
    ...objects.flatMap((object) => ofObject(world, object)),
    ...orphans(world, new Set(objects.map(keyOf))),
    ...organizations(world),
    ...ofProviders(world),
    ...ofNamespaces(world),
  ];
};

const ofObject = (world: World, object: Stored): readonly Unrest[] => {
  const key = keyOf(object);
  const { upstream } = world;
  if (object.metadata.deletionTimestamp !== undefined)
    return [{ invariant: 'I10', text: `${key} is still being deleted` }];
  const found: Unrest[] = [];
  const say = (invariant: string, text: string): void =>
    void found.push({ invariant, text: `${key} ${text}` });
  const clients = clientsOf(upstream, key);
  const [client] = clients;
  const hasClients = upstream.style !== 'ephemeral';
  if (hasClients && clients.length !== 1) say('I1', `has ${clients.length} clients`);
  const secrets = world.cluster.secretsOf(key);
  const secret = secrets.find(({ name }) => name === secretNameOf(object));
  if (!secret) say('I2', 'has no Secret');
  else if (!upstream.accepts(secret.clientId, secret.value)) say('I2', 'has a Secret that does not work');
  else if (secret.clientId !== (client?.clientId ?? '')) say('I2', 'has a Secret for another client');
  // Long after it nothing of it arrives any more, and it is given up: by a write, for which nobody need wait in silence.
  const last = parseOperation(object.metadata.annotations?.[annotations.operation]);
  const held = secret && { operation: secret.operation, abandonedOperation: secret.abandoned };
  const isOpen =
    isUnresolved(last, held, object.status?.operation) && isFresh(last, EPOCH + world.agenda.now);
  // What ends by itself is issued all the time.
  if (hasClients && isOpen) say('I10', 'has an operation whose result nobody knows');
  if (client && upstream.style === 'two-phase' && client.credentials[1])
    say('I5', `has an open rotation, by ${client.credentials[1].by}`);
  if (client && upstream.style === 'staged' && client.credentials[1])
    say('I5', `has a rotated secret, by ${client.credentials[1].by}`);
  if (client && upstream.style === 'additive')
    for (const text of leftBeside(world, object, client, secret)) say('I5', text);
  const seen = secrets.filter(({ labelled }) => labelled);
  if (seen.length > 1) say('I5', `has ${seen.length} Secrets`);
  if (secret && (client || !hasClients) && !isJustWritten(world, secret))
    for (const text of statusOf(object, client?.clientId, secret)) say('status', text);
  if (secret && !upstream.isWhatIsAsked(object.spec, secret)) say('drift', 'has a Secret for something else');
  const { scopes, displayName } = object.spec;
  // A list of names alone shows no drift.
  const isShown = !listsNames(world);
  if (client && displayName !== undefined && isShown && client.displayName !== displayName)
    say('drift', 'has another name upstream');
  if (client?.scopes && scopes && client.scopes.toSorted().join() !== [...scopes].sort().join())
    say('drift', 'has other scopes upstream');
  return found;
};

/** Somebody else's stay for ever, and are named; of ours only what nobody can tell for ours any more. */
const leftBeside = (
  world: World,
  object: Stored,
  { clientId, credentials }: TrueClient,
  secret: Published | undefined,
): readonly string[] => {
  const { observer } = world;
  const named = ['RotationInProgress', 'RotationBlocked']
    .map((type) => condition(object, type)?.message)
    .join();
  return credentials
    .filter(({ value }) => value !== secret?.value)
    .flatMap((credential) => {
      const { id, by } = credential;
      if (by === 'api' && observer.births.estranged(keyOf(object), clientId, credential) === undefined)
        return [`has the credential ${id}, which nobody holds`];
      if (!isSeen(world, clientId, credential.createdAt)) return [];
      return named.includes(id) ? [] : [`does not name the credential ${id}, which is not its own`];
    });
};

/** At the end: what nobody can tell for ours any more, by why that is so. */
export const countEstranged = ({ upstream, observer, findings }: World): void => {
  for (const { clientId, mark, credentials } of upstream.style === 'additive' ? upstream.clients() : [])
    for (const credential of credentials) {
      if (
        credential.by !== 'api' ||
        observer.ledger.lastPublished.get(mark?.owner ?? '')?.value === credential.value
      )
        continue;
      const why = observer.births.estranged(mark?.owner ?? '', clientId, credential);
      if (why !== undefined) findings.count(`estranged: ${why}`);
    }
};

/**
 * A list that shows names alone shows no credential: one is seen when its client is next read, and after etcd was put back
 * by a process that began after that.
 */
const isSeen = (world: World, id: string, createdAt: number): boolean => {
  const { ledger } = world.observer;
  if (!listsNames(world)) return true;
  const looks = [...ledger.looks].flatMap(([look, at]) => {
    const [process = '', client] = look.split(' ');
    return client === id && !ledger.misled.has(process) ? [at] : [];
  });
  return EPOCH + Math.max(Number.NEGATIVE_INFINITY, ...looks) >= createdAt;
};

/** What ends by itself is replaced again and again: its status follows in a moment. */
const FOLLOWS_MS = 15_000;
const isJustWritten = ({ upstream, agenda, observer }: World, { value }: Published): boolean =>
  upstream.style === 'ephemeral' && agenda.now - (observer.ledger.published.get(value)?.at ?? 0) < FOLLOWS_MS;

const statusOf = (object: Stored, clientId: string | undefined, secret: Published): readonly string[] => {
  const { status, metadata } = object;
  const ready = condition(object, 'Ready');
  const asked = metadata.annotations?.[annotations.rotateRequested];
  return [
    ...(ready?.status === 'True' ? [] : [`works and says Ready=${ready?.status}: ${ready?.reason}`]),
    ...(condition(object, 'Stalled')?.status === 'True' ? ['is Stalled'] : []),
    ...(condition(object, 'RotationInProgress')?.status === 'True' ? ['has a rotation under way'] : []),
    ...(status?.observedGeneration === metadata.generation ? [] : ['has an old observedGeneration']),
    ...(status?.clientId === clientId ? [] : ['names another client']),
    ...(status?.operation === secret.operation ? [] : ['names another operation than its Secret']),
    ...(asked === undefined || status?.lastHandledRotateRequest === asked
      ? []
      : ['has an unanswered rotation request']),
  ];
};

const orphans = (world: World, living: ReadonlySet<string>): readonly Unrest[] => {
  const providers = world.providers();
  const reported = providers.flatMap(({ status }) => status?.orphans?.sample ?? []);
  const servesOwner = (owner: string): boolean =>
    providers.some(({ metadata }) => owner.startsWith(`${metadata.namespace}/`));
  return world.upstream.clients().flatMap(({ clientId, mark, organization }) => {
    if (!mark || mark.released || living.has(mark.owner)) return [];
    // After etcd was put back nobody may name its organization any more: then it is not listed (docs/decisions/011).
    const named = world.cluster.machineClients().map(({ spec }) => spec.organizationId);
    if (organization !== undefined && world.observer.ledger.restored && !named.includes(organization))
      return [];
    // It went with its definition, and its provider object with the namespace: nobody is left who could remove it.
    if (world.definition.wasDeleted && !servesOwner(mark.owner)) return [];
    if (world.schedule.settings.orphanPolicy === 'Delete')
      return [{ invariant: 'I5', text: `the orphan ${clientId} of ${mark.owner} is still there` }];
    return reported.some((line) => line.startsWith(clientId)) || !servesOwner(mark.owner)
      ? []
      : [{ invariant: 'I10', text: `the orphan ${clientId} of ${mark.owner} is not reported` }];
  });
};

/** One that nobody names is listed for as long as it has something of ours, and not for ever. */
const organizations = (world: World): readonly Unrest[] => {
  const listed = world.providers().flatMap(({ status }) => status?.formerOrganizations ?? []);
  const left = new Set(
    world.upstream
      .clients()
      .flatMap(({ mark, organization }) => (mark?.released === false ? organization : [])),
  );
  return listed
    .filter((organization) => !left.has(organization))
    .map((organization) => ({ invariant: 'I10', text: `${organization} is listed, and nothing is in it` }));
};

const ofProviders = (world: World): readonly Unrest[] =>
  world
    .providers()
    .map((provider) => condition(provider, 'Ready'))
    .filter((ready) => ready?.status !== 'True')
    .map((ready) => ({ invariant: 'status', text: `the provider says ${ready?.reason ?? 'nothing'}` }));

const ofNamespaces = ({ cluster, schedule }: World): readonly Unrest[] =>
  namespacesOf(schedule)
    .map((name) => cluster.server.get('namespaces', undefined, name))
    .filter((namespace) => namespace?.metadata.deletionTimestamp !== undefined)
    .map(() => ({ invariant: 'I10', text: 'the namespace is still being deleted' }));
