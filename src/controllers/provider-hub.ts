import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { annotations, finalizers } from '../api/group.ts';
import { parseDuration } from '../api/durations.ts';
import { providerKey, providerKeyOf, type MachineClient, type Provider } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import type { Store } from '../kube/store.ts';
import { policyRefusal } from '../machine-client/client-policy.ts';
import type { ProviderView } from '../machine-client/observe.ts';
import { standing, type Standing } from '../machine-client/policies/mass.ts';
import { mainSecret, type SecretView } from '../machine-client/secret-view.ts';
import type { ConnectProvider } from '../providers/connection.ts';
import { ProviderHttp } from '../providers/http.ts';
import { limitsOf } from '../providers/limits.ts';
import { fullMark } from '../providers/mark.ts';
import { organizationIdOf } from '../providers/members.ts';
import type { Refusal } from '../providers/provider.ts';
import { measured, type UpstreamCall } from '../providers/measured.ts';
import { Pool } from '../providers/pool.ts';
import type { ProviderModule } from '../providers/module.ts';
import type { Allowance } from '../runtime/allowance.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AccountView } from '../observability/object-metrics.ts';
import { DeletionGuard, isMassDeletion, sayMassDeletion } from './deletion-guard.ts';
import { MassGuard, sayHeld, type MassChange } from './mass-guard.ts';
import type { Orphan } from './orphans.ts';
import { markedIn, withdrawnView } from './withdrawn.ts';
import type { Resolved } from './references.ts';
import { ownValue } from '../runtime/own.ts';

/** A namespace, as far as this operator cares. */
export interface NamespaceView {
  readonly namespace: '';
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

export interface HubOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly scale: (ms: number) => number;
  /** For what the lists of all accounts show. */
  readonly memory: Allowance;
  readonly connect: ConnectProvider;
  readonly onUpstreamCall: (call: UpstreamCall) => void;
  readonly providers: Store<Provider>;
  readonly clusterProviders: Store<Provider>;
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly namespaces: Store<NamespaceView>;
  /** Something of these provider objects must be looked at again. */
  readonly wakeProvider: (key: string) => void;
  /** All MachineClients of the provider object. */
  readonly wakeClients: (key: string) => void;
  readonly onSwept: (pool: SharedPool) => void;
}

/** A pool with what the cluster side knows of it. */
export interface SharedPool {
  readonly key: string;
  readonly pool: Pool;
  readonly guard: MassGuard;
  readonly deletions: DeletionGuard;
  readonly members: Set<string>;
  readonly stop: () => Promise<void>;
  /** As of the last sweep; undefined before it. */
  orphans: readonly Orphan[] | undefined;
  /** Monotonic time of the last assessment of each guard. */
  assessedAt: number;
  deletionsAssessedAt: number;
}

interface Joined {
  readonly fingerprint: string;
  readonly shared: SharedPool;
}

/** A management credential, or a header whose value is in a Secret: only who may read that has the same login. */
const hasSecret = (
  { connection }: NonNullable<Provider['spec']>,
  { credential, connection: read }: Resolved,
): boolean =>
  (credential?.reveal() ?? '') !== '' ||
  (connection.headers ?? []).some(
    ({ valueFrom }, index) => valueFrom !== undefined && read.headers[index]?.value.reveal() !== '',
  );

/** As the status of a provider object names it. */
export const lineOf = ({ clientId, namespace, name }: Orphan): string => `${clientId} (${namespace}/${name})`;

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('base64url').slice(0, 22);
/** A burst of lost Secrets is one event, not one for each. */
const ASSESS_EVERY_MS = 500;
/** How long a lost client or Secret is only watched; longer than the distance of two assessments. */
const QUIET_MS = 5_000;

/** Which provider object is connected to which account, and what MachineClients may know of it. */
export class ProviderHub {
  readonly #options: HubOptions;
  readonly #signal: AbortSignal;
  readonly #joined = new Map<string, Joined>();
  readonly #refused = new Map<string, { readonly reason: Reason; readonly message: string }>();
  readonly #pools = new Map<string, SharedPool>();
  /** Uids of the provider objects that stay as long as a client of theirs does, by key. */
  readonly #kept = new Map<string, string>();

  constructor(options: HubOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  pools(): IterableIterator<SharedPool> {
    return this.#pools.values();
  }

  /** As metrics tell of them: the account, and of the provider objects that stand for it the first by name. */
  *accounts(): Generator<AccountView> {
    for (const { pool, orphans, members } of this.#pools.values()) {
      const { account, budget } = pool;
      const swept = [...pool.partitions()].flatMap(({ inventory }) => inventory.sweptAt ?? []);
      if (account)
        yield {
          account: account.id,
          provider: [...members].toSorted()[0] ?? '',
          // Of several listings that were complete the one that is oldest.
          sweptAt: swept.length === 0 ? undefined : Math.min(...swept),
          orphans: orphans?.length,
          circuitOpen: budget.open,
          inUse: budget.inUse,
          refused: budget.refused,
        };
    }
  }

  sharedPool(key: string): SharedPool | undefined {
    return this.#joined.get(key)?.shared;
  }

  /** Whose share of the workers an object uses: the account's, or its own where it may use none. */
  accountOf(object: MachineClient): string {
    const key = providerKeyOf(object);
    const shared = this.#joined.get(key)?.shared;
    return shared && this.mayRemove(object) ? shared.key : `${key} ${object.namespace}`;
  }

  /** Whether the object's provider serves its namespace. */
  mayUse(object: MachineClient): boolean {
    return this.#isFor(providerKeyOf(object), object.namespace);
  }

  /**
   * Whether something of the object can be removed at its provider: what was made while its namespace was allowed. Its
   * mark at the provider says so, and nothing that the object says of itself.
   */
  mayRemove(object: MachineClient): boolean {
    const pool = this.sharedPool(providerKeyOf(object))?.pool;
    return (
      this.mayUse(object) ||
      (pool !== undefined && markedIn(pool, this.#options.installation, object) !== undefined)
    );
  }

  /** Whether a provider object of the account serves this namespace: only then can anything of it be there. */
  serves({ members }: SharedPool, namespace: string): boolean {
    return [...members].some((member) => this.#isFor(member, namespace));
  }

  /**
   * The organization in which the object's client lives, where the provider has such. One that the provider object
   * does not let it use is none: it is not even listed, so nobody learns of it who may not use it.
   */
  organizationOf(object: MachineClient): string | undefined {
    const organization = organizationIdOf(object.spec);
    if (organization === undefined || !this.mayUse(object)) return undefined;
    const spec = this.providerByKey(providerKeyOf(object))?.spec;
    const denied = spec && policyRefusal(object.spec, spec.clientPolicy, object.spec.providerRef.kind);
    return denied ? undefined : organization;
  }

  /** The orphans of a provider object's account that are in namespaces which it serves, and have not come back since. */
  orphansOf(key: string): readonly string[] | undefined {
    const { machineClients } = this.#options;
    return this.sharedPool(key)
      ?.orphans?.filter(
        ({ namespace, name }) =>
          this.#isFor(key, namespace) && machineClients.get(`${namespace}/${name}`)?.deleting !== false,
      )
      .map(lineOf)
      .toSorted();
  }

  providerByKey(key: string): Provider | undefined {
    const [kind, ...rest] = key.split('/');
    const store = kind === 'IdentityProvider' ? this.#options.providers : this.#options.clusterProviders;
    return store.get(rest.join('/'));
  }

  /** Neither connected nor refused yet: after a start nothing may be concluded from that. */
  isStarting(key: string): boolean {
    const joined = this.#joined.get(key);
    if (joined) return joined.shared.pool.starting;
    return this.providerByKey(key) !== undefined && !this.#refused.has(key);
  }

  refuse(key: string, reason: Reason, message: string): void {
    const before = this.#refused.get(key);
    this.#refused.set(key, { reason, message });
    const was = this.#leave(key);
    if (was || before?.message !== message) this.#options.wakeClients(key);
  }

  /** Whether the provider object, and what it logs in with, now stay for as long as anything depends on them. */
  keep(key: string, uid: string, kept: boolean): void {
    const before = this.#kept.get(key);
    if (!kept) this.#kept.delete(key);
    else if (before !== uid) {
      this.#kept.set(key, uid);
      this.#options.wakeClients(key);
    }
  }

  forget(key: string): void {
    this.#refused.delete(key);
    this.#kept.delete(key);
    this.#leave(key);
    this.#options.wakeClients(key);
  }

  /**
   * Connects a provider object with what its references say now. Objects share a pool when they name the same account
   * at the same place with the same login: whoever only claims to be an account must not see or slow those who are.
   * The way there counts too, so that a new proxy or authority is tried, by a first answer, before anybody relies on it.
   */
  join(key: string, provider: Provider, module: ProviderModule, resolved: Resolved): SharedPool {
    const { spec } = provider;
    if (!spec) throw new TypeError('join needs a valid spec');
    const { accountId, baseUrl } = module.describe(spec);
    const login = [
      resolved.credential?.reveal() ?? '',
      ...resolved.connection.headers.map(({ name, value }) => `${name}:${value.reveal()}`),
    ];
    const { proxyUrl = '', ca = [] } = resolved.connection;
    // Where nothing secret is sent, everybody knows the login: then it is shared with nobody.
    const alone = hasSecret(spec, resolved) ? [] : [key];
    const poolKey = digest(accountId, baseUrl, proxyUrl, ca.at(-1) ?? '', ...login, ...alone);
    const fingerprint = digest(poolKey, JSON.stringify(spec));
    const present = this.#joined.get(key);
    if (present?.fingerprint === fingerprint) return present.shared;
    const { clock, connect } = this.#options;
    const limits = limitsOf(spec.limits, module.limits);
    const http = new ProviderHttp(resolved.connection, limits.concurrency, clock, connect);
    const member = {
      account: measured(
        module.connect(spec, http, resolved.credential, this.#options.random),
        clock,
        this.#options.onUpstreamCall,
      ),
      limits,
      resyncMs: this.#options.scale(parseDuration(spec.resyncInterval)),
      requestTimeoutMs: resolved.connection.timeoutMs,
    };
    if (present && present.shared.key !== poolKey) this.#leave(key);
    const shared = this.#pools.get(poolKey) ?? this.#open(poolKey, member);
    shared.pool.join(key, member);
    shared.pool.recall(provider.status.formerOrganizations ?? []);
    shared.members.add(key);
    const { massChange } = provider.status;
    (massChange && isMassDeletion(massChange) ? shared.deletions : shared.guard).recall(massChange);
    this.#refused.delete(key);
    this.#joined.set(key, { fingerprint, shared });
    // An account that is in use already has its verdict: nothing else would wake them.
    if (!shared.pool.starting) this.#options.wakeClients(key);
    return shared;
  }

  /** What a MachineClient may know of its provider. */
  view(object: MachineClient): ProviderView {
    const { kind, name } = object.spec.providerRef;
    const key = providerKeyOf(object);
    const what = kind === 'IdentityProvider' ? `${kind} ${object.namespace}/${name}` : `${kind} ${name}`;
    const provider = this.providerByKey(key);
    if (!provider) return { state: 'missing', reason: 'ProviderNotFound', message: `${what} does not exist` };
    const refused = this.#refused.get(key);
    const shared = this.#joined.get(key)?.shared;
    const notReady = (reason: Reason): ProviderView => ({
      state: 'not-ready',
      reason: 'ProviderNotReady',
      message: `${what} is not Ready (${reason})`,
      // What needs no provider, for its secrets end by themselves, is held all the same.
      ...(object.deleting && shared && this.#deletionOf(shared, object)),
    });
    const { spec } = provider;
    const closed = kind === 'ClusterIdentityProvider' && !this.#allows(provider, object.namespace);
    const denied: Refusal | undefined = closed
      ? {
          reason: 'NamespaceNotAllowed',
          message: `${what} does not allow the namespace ${object.namespace}; see its spec.allowedNamespaces`,
        }
      : spec && policyRefusal(object.spec, spec.clientPolicy, kind);
    const organization = this.organizationOf(object);
    const nowhere =
      organization === undefined && shared?.pool.account?.capabilities.listsByOrganization === true;
    if (object.deleting && (closed || nowhere) && shared && spec && !refused && !shared.pool.trouble) {
      const { installation, scale } = this.#options;
      const why =
        denied ??
        ({ reason: 'OrganizationNotFound', message: `it names no organization of ${what}` } as const);
      return withdrawnView(object, why, { installation, key, spec, pool: shared.pool, scale });
    }
    if (closed && denied) return { state: 'denied', ...denied };
    if (refused) return notReady(refused.reason);
    const connected = shared?.pool.connected(key, organization);
    if (!shared || !connected || !provider.spec) return notReady('ProviderNotReady');
    if (shared.pool.trouble) return notReady(shared.pool.trouble.reason);
    if (shared.pool.troubleOf(organization))
      return {
        state: 'denied',
        reason: 'OrganizationNotFound',
        message: `${what} shows no organization ${organization}: it does not exist there, or may not be seen`,
      };
    this.assess(shared, false);
    const held = this.#heldIn(shared, object.namespace);
    const { clock, scale } = this.#options;
    const now = clock.now();
    const found = this.#standing(shared, object);
    const noticed = shared.guard.noticed(`${object.namespace}/${object.name}`, found, now);
    // All organizations may have lost theirs: each is listed before one client is made anew.
    const more =
      noticed !== undefined && found === 'gone' && !shared.pool.othersListedSince(organization, noticed);
    const quietUntil = noticed === undefined ? undefined : (more ? now : noticed) + scale(QUIET_MS);
    const ready = {
      spec: provider.spec,
      denied,
      connected,
      kept: provider.deleting ? ('leaving' as const) : this.#kept.get(key) === provider.uid,
      held,
      lostSince: noticed,
      quietUntil,
    };
    return { state: 'ready', ...ready, ...(object.deleting && this.#deletionOf(shared, object)) };
  }

  /** What the status of a provider object says of a mass change in the namespaces that it serves, and whether it holds. */
  massChangeOf(key: string): { readonly change: MassChange | undefined; readonly held: string | undefined } {
    const shared = this.sharedPool(key);
    if (!shared) return { change: undefined, held: undefined };
    this.assess(shared, false);
    const { guard, deletions } = shared;
    const change = guard.hold((namespace) => this.#isFor(key, namespace));
    if (this.#holdsDeletions(shared)) this.#assessDeletions(shared);
    const deletion = change || !this.#holdsDeletions(shared) ? undefined : deletions.change;
    if (deletion) {
      const confirmed = [...shared.members].some((member) => this.#confirmation(member) === deletion.token);
      return { change: deletion, held: confirmed ? undefined : sayMassDeletion(deletion) };
    }
    const isHeld = guard.namespaces
      ? guard.namespaces.some(
          (namespace) => this.#isFor(key, namespace) && this.#heldIn(shared, namespace) !== undefined,
        )
      : guard.held('', [this.#confirmation(key)]) !== undefined;
    return { change, held: change && isHeld ? sayHeld(change, change.token) : undefined };
  }

  /** What held objects of this namespace say. The provider objects that serve it can confirm. */
  #heldIn({ guard, members }: SharedPool, namespace: string): string | undefined {
    const serving = [...members].filter((member) => this.#isFor(member, namespace));
    return guard.held(
      namespace,
      serving.map((member) => this.#confirmation(member)),
    );
  }

  /** Of provider objects that stand for one account the most careful counts. */
  #holdsDeletions({ members }: SharedPool): boolean {
    return [...members].some((member) => this.providerByKey(member)?.spec?.massDeletionPolicy === 'Hold');
  }

  #deletionOf(
    shared: SharedPool,
    object: MachineClient,
  ):
    | { readonly deletionHeld: string | undefined; readonly deletionQuietUntil: number | undefined }
    | undefined {
    if (!this.#holdsDeletions(shared)) return undefined;
    const { deletions, members } = shared;
    const { clock, scale } = this.#options;
    const isNew = deletions.quietUntil(object) === undefined;
    if (isNew || clock.monotonic() - shared.deletionsAssessedAt >= scale(ASSESS_EVERY_MS))
      this.#assessDeletions(shared);
    const confirmations = [...members].map((member) => this.#confirmation(member));
    const confirmed = deletions.change && confirmations.includes(deletions.change.token);
    return {
      deletionHeld: deletions.held(object.namespace, confirmations),
      deletionQuietUntil: confirmed ? undefined : deletions.quietUntil(object),
    };
  }

  #assessDeletions(shared: SharedPool): void {
    const { clock, machineClients } = this.#options;
    shared.deletionsAssessedAt = clock.monotonic();
    const objects = [...shared.members].flatMap((member) =>
      machineClients.byIndex('byProvider', member).filter((object) => this.mayRemove(object)),
    );
    const marked = objects.filter(
      (object) =>
        object.deleting &&
        object.finalizers.includes(finalizers.upstream) &&
        object.spec.managementPolicy === 'Manage',
    );
    const changed = shared.deletions.assess(marked, objects.length, shared.key, clock.now());
    if (changed !== 'same') for (const member of shared.members) this.#options.wakeProvider(member);
    if (changed === 'begun') for (const member of shared.members) this.#options.wakeClients(member);
  }

  #confirmation(key: string): string | undefined {
    return this.providerByKey(key)?.annotations[annotations.confirmMassChange];
  }

  assess(shared: SharedPool, now: boolean): void {
    const { clock, machineClients, scale } = this.#options;
    // Before the first complete sweep an empty inventory says nothing, and a hold that is recalled stays.
    if (!shared.pool.swept) return;
    if (!now && clock.monotonic() - shared.assessedAt < scale(ASSESS_EVERY_MS)) return;
    shared.assessedAt = clock.monotonic();
    const standings = [...shared.members].flatMap((member) =>
      machineClients
        .byIndex('byProvider', member)
        .filter((object) => this.mayUse(object))
        .map(
          (object) =>
            [`${object.namespace}/${object.name}`, object.namespace, this.#standing(shared, object)] as const,
        ),
    );
    const changed = shared.guard.assess(standings, shared.key, clock.now());
    if (changed === 'same') return;
    for (const member of shared.members) this.#options.wakeProvider(member);
    if (changed === 'ended') for (const member of shared.members) this.#options.wakeClients(member);
  }

  #standing({ pool }: SharedPool, object: MachineClient): Standing {
    const { secrets, installation } = this.#options;
    const secret = mainSecret(object, secrets.byIndex('byOwner', `${object.namespace}/${object.name}`));
    const full = fullMark(installation, object.namespace, object.name);
    const inventory = pool.inventoryOf(this.organizationOf(object));
    return inventory?.sweptAt === undefined ? 'unknown' : standing(object, secret, inventory, full);
  }

  /** The status of its provider objects counts them. */
  orphansChanged(shared: SharedPool): void {
    for (const member of shared.members) this.#options.wakeProvider(member);
  }

  /** Undefined before every listing was complete once. */
  formerOrganizations({ pool, members }: SharedPool): readonly string[] | undefined {
    if (!pool.swept) return undefined;
    const used = this.#organizationsOf(members);
    return [...pool.partitions()]
      .flatMap(({ organization }) => organization ?? [])
      .filter((organization) => !used.has(organization))
      .toSorted();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((shared) => shared.stop()));
  }

  #isFor(key: string, namespace: string): boolean {
    const provider = this.providerByKey(key);
    if (!provider) return false;
    return provider.kind === 'IdentityProvider'
      ? provider.namespace === namespace
      : this.#allows(provider, namespace);
  }

  #allows(provider: Provider, namespace: string): boolean {
    const allowed = provider.spec?.allowedNamespaces;
    if (!allowed) return false;
    if (allowed.names?.includes(namespace)) return true;
    const view = this.#options.namespaces.get(namespace);
    return (
      allowed.selector !== undefined && view !== undefined && matchesSelector(allowed.selector, view.labels)
    );
  }

  /** Those that the MachineClients of these provider objects name. */
  #organizationsOf(members: ReadonlySet<string>): ReadonlySet<string | undefined> {
    const { machineClients } = this.#options;
    return new Set(
      [...members].flatMap((member) =>
        machineClients.byIndex('byProvider', member).map((object) => this.organizationOf(object)),
      ),
    );
  }

  #open(key: string, member: ConstructorParameters<typeof Pool>[1]): SharedPool {
    const { installation, clock, random, scale, memory, wakeProvider, wakeClients, onSwept } = this.#options;
    const log = this.#options.log.child({ account: member.account.id });
    const controller = new AbortController();
    const stopWithAll = (): void => controller.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', stopWithAll, { once: true });
    const members = new Set<string>();
    let judged = false;
    const pool = new Pool(
      {
        installation,
        clock,
        random,
        log,
        scale,
        memory,
        uses: (organization) => this.#organizationsOf(members).has(organization),
        onTrouble: () => {
          for (const each of members) wakeProvider(each);
          // After a start they wait for the first verdict, whatever it is. Later trouble is told on the provider.
          if (!pool.trouble || !judged) for (const each of members) wakeClients(each);
          judged = true;
        },
        onSwept: () => {
          judged = true;
          this.assess(shared, true);
          for (const each of members) {
            wakeProvider(each);
            wakeClients(each);
          }
          onSwept(shared);
        },
      },
      member,
    );
    const running = pool.run(controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) log.error({ err: error }, 'sweeping ended');
    });
    const shared: SharedPool = {
      key,
      pool,
      guard: new MassGuard(),
      deletions: new DeletionGuard(scale),
      members,
      orphans: undefined,
      assessedAt: Number.NEGATIVE_INFINITY,
      deletionsAssessedAt: Number.NEGATIVE_INFINITY,
      stop: async () => {
        this.#signal.removeEventListener('abort', stopWithAll);
        controller.abort(new Error('the account is not used any more'));
        await running;
      },
    };
    this.#pools.set(key, shared);
    return shared;
  }

  #leave(key: string): boolean {
    const joined = this.#joined.get(key);
    if (!joined) return false;
    this.#joined.delete(key);
    const { shared } = joined;
    shared.members.delete(key);
    shared.pool.leave(key);
    if (shared.members.size === 0) {
      this.#pools.delete(shared.key);
      void shared.stop();
    }
    return true;
  }
}

type Selector = NonNullable<NonNullable<NonNullable<Provider['spec']>['allowedNamespaces']>['selector']>;

/** metav1.LabelSelector; an empty selector matches everything. */
const matchesSelector = (selector: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => ownValue(labels, key) === value) &&
  (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = ownValue(labels, key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });

export const keyOfProvider = (provider: Provider): string =>
  providerKey(provider.kind, provider.namespace, provider.name);
