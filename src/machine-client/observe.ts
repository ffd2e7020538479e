import { providerKeyOf, secretName, type MachineClient, type Provider } from '../api/objects.ts';
import type { Store } from '../kube/store.ts';
import type { Connected } from '../providers/connected.ts';
import { chosenClientId } from '../providers/mark.ts';
import { refuseWish } from '../providers/members.ts';
import type { Refusal, UpstreamClient } from '../providers/provider.ts';
import type { Facts, Judgement, ProviderFacts, ReadyProvider, Upstream } from './facts.ts';
import { policyExcess } from './client-policy.ts';
import { isUnresolved } from './operation.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import { isBorrowed, isSummary, mainClient } from './policies/locate.ts';
import { wantedLayout } from './layout.ts';
import { wantedTemplate } from './render.ts';
import { openReconcileRequest } from './requests.ts';
import type { SeenOperation } from './settling.ts';
import { surroundings } from './surroundings.ts';
import { takenOver } from './taken-over.ts';
import { mainSecret, ownSecrets, type SecretView } from './secret-view.ts';

/** The provider object of a MachineClient, as its controller knows it. */
export type ProviderView =
  | Exclude<ProviderFacts, { readonly state: 'ready' }>
  | {
      readonly state: 'ready';
      readonly spec: NonNullable<Provider['spec']>;
      /** What its clientPolicy does not let the object ask for. */
      readonly denied: Refusal | undefined;
      readonly connected: Connected;
      /** Whether the provider object stays for as long as a client of it does; `leaving`: it is being deleted. */
      readonly kept: boolean | 'leaving';
      /** Why nothing of this account is recreated or rotated. */
      readonly held: string | undefined;
      /** Wall clock: since when the object's client or credential is found lost. */
      readonly lostSince: number | undefined;
      /** It is only watched until then. */
      readonly quietUntil: number | undefined;
      /** The same, of one that is being deleted. */
      readonly deletionHeld?: string | undefined;
      readonly deletionQuietUntil?: number | undefined;
    };

/** What the controllers know beyond the one object. */
export interface ClusterView {
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  provider(object: MachineClient): ProviderView;
  /** Whether its provider serves its namespace: an object that may not use it has a claim to nothing there. */
  mayUseProvider(object: MachineClient): boolean;
  namespaceTerminating(namespace: string): boolean;
  /** The last operation of the object that had this `namespace/name` before. */
  former(key: string): SeenOperation | undefined;
}

/** Indexes of the stores: who else wants the same, and what is ours. */
export const indexes = {
  /** MachineClients by `ns/secret-name`. */
  bySecret: (object: MachineClient): readonly string[] => [`${object.namespace}/${secretName(object)}`],
  /** MachineClients by provider and wanted or recorded client id. */
  byClient: (object: MachineClient): readonly string[] => {
    const ids = new Set([object.spec.clientId, object.status.clientId]);
    return [...ids].flatMap((id) => (id === undefined ? [] : [`${providerKeyOf(object)} ${id}`]));
  },
  byProvider: (object: MachineClient): readonly string[] => [providerKeyOf(object)],
  /** Secrets by `ns/name` of the MachineClient that owns them. */
  byOwner: (secret: SecretView): readonly string[] => [`${secret.owner.namespace}/${secret.owner.name}`],
} as const;

/** Of several that want one thing: who holds it, else the oldest, else the first by name. Always the same one. */
const winner = (
  rivals: readonly MachineClient[],
  holds: (object: MachineClient) => boolean,
): MachineClient | undefined =>
  rivals.toSorted(
    (a, b) =>
      Number(holds(b)) - Number(holds(a)) ||
      a.creationTime - b.creationTime ||
      (a.name < b.name ? -1 : 1) ||
      (a.namespace < b.namespace ? -1 : 1),
  )[0];

const rivals = (
  clusterView: ClusterView,
  object: MachineClient,
): { secret: string | undefined; client: string | undefined } => {
  const bySecret = clusterView.machineClients.byIndex(
    'bySecret',
    `${object.namespace}/${secretName(object)}`,
  );
  const owner = clusterView.secrets.get(`${object.namespace}/${secretName(object)}`)?.owner.name;
  const first = bySecret.length > 1 ? winner(bySecret, (other) => other.name === owner) : undefined;
  const id = object.spec.clientId;
  const byClient =
    id === undefined
      ? []
      : clusterView.machineClients
          .byIndex('byClient', `${providerKeyOf(object)} ${id}`)
          .filter((other) => clusterView.mayUseProvider(other));
  const holder = byClient.length > 1 ? winner(byClient, (other) => other.status.clientId === id) : undefined;
  return {
    secret: first && first.uid !== object.uid ? first.name : undefined,
    client: holder && holder.uid !== object.uid ? `${holder.namespace}/${holder.name}` : undefined,
  };
};

/** The provider's clock and ours. */
const CLOCKS_APART_MS = 60_000;
/** So many may others make in the time of one creation, under names that they have changed, before one of ours is missed. */
const MOST_NAMELESS = 50;

const upstreamFacts = (
  context: Pick<ReconcileContext, 'object' | 'mark' | 'looked'>,
  connected: Connected,
  facts: Pick<Facts, 'secret' | 'operation' | 'object' | 'now'>,
): Upstream => {
  const { inventory } = connected;
  const { object, mark, looked } = context;
  const clients = new Map<string, UpstreamClient>();
  for (const client of [...inventory.byMark(mark.full), ...inventory.byMark(mark.short)])
    clients.set(client.id, client);
  const derived = facts.operation && chosenClientId(mark, facts.operation.uid, facts.operation.incarnation);
  const wanted = isBorrowed(facts) ? object.spec.clientId : undefined;
  for (const id of [facts.secret?.clientId, object.status.clientId, derived, wanted]) {
    const client = id === undefined ? undefined : inventory.get(id);
    if (client) clients.set(client.id, client);
  }
  // What was read live in this pass is newer than any sweep.
  for (const [id, client] of looked) {
    if (client) clients.set(id, client);
    else clients.delete(id);
  }
  // A sweep that began in the future began before the clock was set back: it proves nothing about what came since.
  const { sweptAt } = inventory;
  const trusted = sweptAt !== undefined && sweptAt <= facts.now ? sweptAt : undefined;
  const { operation } = facts;
  const isLost =
    operation?.kind === 'create' && isUnresolved(operation, facts.secret, object.status.operation);
  const nameless = isLost
    ? inventory.nameless(operation.at - CLOCKS_APART_MS, operation.until + CLOCKS_APART_MS, MOST_NAMELESS)
    : [];
  return {
    sweptAt: trusted,
    clients: [...clients.values()],
    ...(nameless.length > 0 && { nameless }),
    looked,
  };
};

/** What a pass knows when it looks around: nothing of it is changed by that. */
type Looking = Readonly<
  Pick<
    ReconcileContext,
    | 'object'
    | 'mark'
    | 'wish'
    | 'looked'
    | 'operation'
    | 'judged'
    | 'adoptableSecret'
    | 'importRefuted'
    | 'consumers'
    | 'definition'
    | 'answered'
  > & {
    readonly ports: Pick<
      ReconcileContext['ports'],
      'installation' | 'clock' | 'timing' | 'unanswered' | 'bore'
    >;
  }
>;

/** The facts, and what carries out a plan that is made of them. */
export interface Observed {
  readonly facts: Facts;
  /** undefined: the provider is not ready. */
  readonly connected: Connected | undefined;
}

/**
 * Gathers everything that `decide` may know: from caches, the inventory, and what this pass has read. It fetches nothing
 * and changes nothing.
 */
export const observe = (context: Looking, clusterView: ClusterView): Observed => {
  const { ports, object, mark, operation } = context;
  const key = `${object.namespace}/${object.name}`;
  const owned = ownSecrets(clusterView.secrets.byIndex('byOwner', key), ports.installation).map((secret) =>
    context.judged(secret),
  );
  const secret = mainSecret(object, owned);
  const view = clusterView.provider(object);
  const rival = rivals(clusterView, object);
  const former = clusterView.former(key);
  const base: Omit<Facts, 'provider'> = {
    object,
    now: ports.clock.now(),
    installation: ports.installation,
    timing: ports.timing,
    mark,
    operation,
    former: former && { at: former.at, until: former.until },
    secret,
    strays: owned.filter((candidate) => candidate !== secret),
    rivalForSecret: rival.secret,
    rivalForClient: rival.client,
    namespaceTerminating: clusterView.namespaceTerminating(object.namespace),
    adoptableSecret: context.adoptableSecret,
    importRefuted: context.importRefuted,
    consumers: context.consumers,
    definition: context.definition,
    answered: context.answered,
    unanswered: operation && ports.unanswered.get(operation.id),
  };
  if (view.state !== 'ready') return { facts: { ...base, provider: view }, connected: undefined };
  return { facts: { ...base, provider: readyFacts(context, view, base) }, connected: view.connected };
};

const readyFacts = (
  context: Looking,
  view: Extract<ProviderView, { state: 'ready' }>,
  base: Omit<Facts, 'provider'>,
): ReadyProvider => {
  const { connected, spec } = view;
  const { account } = connected;
  const { wish } = context;
  const upstream = upstreamFacts(context, connected, base);
  const { object, secret } = base;
  const taken = takenOver(object, context.mark, upstream.clients, context.ports.bore);
  // What was published under this uid is to bear it: who meets the mark then knows that somebody is there. So is what
  // somebody else has taken over, when a person asks for it, whoever wrote the Secret: an object that came back keeps that
  // of the former one.
  const unsigned = ({ id, uid }: UpstreamClient): boolean =>
    uid !== undefined &&
    uid !== object.uid &&
    (taken.includes(id) ? openReconcileRequest(object) !== undefined : secret?.owner.uid === object.uid);
  const judge = (client: UpstreamClient): Judgement => {
    // What is somebody else's is as that one wants it.
    const fields = isBorrowed(base) ? [] : (account.clients?.differences(wish, client) ?? []);
    const differences =
      !isBorrowed(base) && unsigned(client) && !fields.includes('mark') ? [...fields, 'mark'] : fields;
    return {
      differences,
      unfit: differences.length === 0 && !isBorrowed(base) ? undefined : refuseWish(account, wish, client),
      excess: policyExcess(
        { ...client, powers: account.clients?.powers?.(client) },
        differences,
        wish.spec,
        spec,
        wish.spec.providerRef.kind,
      ),
    };
  };
  const provider = {
    state: 'ready',
    capabilities: account.capabilities,
    style: account.styleOf(wish),
    imports: wish.spec.credential.importSecretRef !== undefined,
    layout: wantedLayout(wish.spec, account, secret?.layout),
    adoptionAllowed: spec.clientPolicy.adoption === 'Allow',
    refusal: refuseWish(account, wish) ?? view.denied,
    caveat: account.caveat?.(wish),
    terms: account.ephemeral?.terms(wish),
    kept: view.kept,
    held: view.held,
    lostSince: view.lostSince,
    quietUntil: view.quietUntil,
    deletionHeld: view.deletionHeld,
    deletionQuietUntil: view.deletionQuietUntil,
    requestTimeoutMs: connected.requestTimeoutMs,
    // Of a summary nothing is known: it is read before it is taken over, or given a credential.
    judged: new Map(
      upstream.clients.filter((client) => !isSummary(client)).map((client) => [client.id, judge(client)]),
    ),
    takenOver: taken,
    upstream,
  } as const;
  const client = mainClient({ ...base, provider: { ...provider, template: '' } });
  const template = wantedTemplate(wish.spec, client?.id ?? '', surroundings(base, connected));
  return { ...provider, template };
};
