import type { Logger } from 'pino';
import { parseDuration } from '../api/durations.ts';
import type { Provider } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import type { ConnectProvider } from '../providers/connection.ts';
import { ProviderHttp } from '../providers/http.ts';
import { limitsOf } from '../providers/limits.ts';
import { measured, type UpstreamCall } from '../providers/measured.ts';
import type { ProviderModule } from '../providers/module.ts';
import type { Member } from '../providers/pool-members.ts';
import { Pool } from '../providers/pool.ts';
import type { Allowance } from '../runtime/allowance.ts';
import type { Clock } from '../runtime/clock.ts';
import { accountKey, digest, type Login } from './account-key.ts';
import { DeletionGuard } from './deletion-guard.ts';
import { MassGuard } from './mass-guard.ts';
import type { Serving } from './serving.ts';
import { Tally } from './tally.ts';

/** A client with the mark of a MachineClient that does not exist. */
export interface Orphan {
  readonly clientId: string;
  readonly namespace: string;
  readonly name: string;
}

/** A pool with what the cluster side knows of it. */
export interface SharedPool {
  readonly key: string;
  readonly pool: Pool;
  /** The objects of its members, counted; kept up by the guards. */
  readonly tally: Tally;
  readonly mass: MassGuard;
  readonly deletions: DeletionGuard;
  /** Keys of the provider objects that stand for it. */
  readonly members: Set<string>;
  readonly stop: () => Promise<void>;
  /** By the line that names each in the status. As of the last list; undefined before all were complete once. */
  orphans: Map<string, Orphan> | undefined;
}

/** Who keeps count of the objects of each account. */
export interface AccountListener {
  /** A provider object stands for the account from now on, or with another spec. */
  joined(shared: SharedPool, provider: Provider): void;
  left(shared: SharedPool, key: string): void;
  /** A list is finished, of the whole account or of an organization. Nobody has been woken yet. */
  listed(shared: SharedPool, organization: string | undefined): void;
  /** Nobody stands for it any more. */
  closed(shared: SharedPool): void;
}

export interface RegistryOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly scale: (ms: number) => number;
  /** For what the lists of all accounts show. */
  readonly memory: Allowance;
  readonly connect: ConnectProvider;
  readonly onUpstreamCall: (call: UpstreamCall) => void;
  readonly serving: Serving;
  /** Something of these provider objects must be looked at again. */
  readonly wakeProvider: (key: string) => void;
  /** All MachineClients of the provider object. */
  readonly wakeClients: (key: string) => void;
  readonly onSwept: (shared: SharedPool) => void;
}

interface Joined {
  readonly fingerprint: string;
  readonly shared: SharedPool;
}

/** Which provider object is connected to which account. */
export class AccountRegistry {
  readonly #options: RegistryOptions;
  readonly #signal: AbortSignal;
  readonly #joined = new Map<string, Joined>();
  readonly #refused = new Map<string, { readonly reason: Reason; readonly message: string }>();
  readonly #pools = new Map<string, SharedPool>();
  /** Organizations that are to be listed when a provider object is joined, by its key. */
  readonly #awaited = new Map<string, Set<string>>();
  /** Which of the provider objects stay as long as a client of theirs does, by key. */
  readonly #kept = new Map<string, { readonly uid: string; readonly kept: true | 'leaving' }>();
  #listener: AccountListener | undefined;

  constructor(options: RegistryOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Before anything joins. */
  listen(listener: AccountListener): void {
    this.#listener = listener;
  }

  pools(): IterableIterator<SharedPool> {
    return this.#pools.values();
  }

  /** That of a provider object. */
  shared(key: string): SharedPool | undefined {
    return this.#joined.get(key)?.shared;
  }

  /** Why the provider object is connected to nothing. */
  refusal(key: string): Reason | undefined {
    return this.#refused.get(key)?.reason;
  }

  /** Neither connected nor refused yet: after a start nothing may be concluded from that. */
  isStarting(key: string): boolean {
    const shared = this.shared(key);
    if (shared) return shared.pool.starting;
    return this.#options.serving.provider(key) !== undefined && !this.#refused.has(key);
  }

  /**
   * Whether this very provider object, and what it logs in with, stay for as long as anything depends on them; `leaving`:
   * one of the two is being deleted.
   */
  keptOf(key: string, { uid, deleting }: Pick<Provider, 'uid' | 'deleting'>): boolean | 'leaving' {
    return deleting ? 'leaving' : this.#keptOf(key, uid);
  }

  keep(key: string, uid: string, kept: boolean | 'leaving'): void {
    const before = this.#keptOf(key, uid);
    if (kept === false) this.#kept.delete(key);
    else this.#kept.set(key, { uid, kept });
    if (kept !== false && kept !== before) this.#options.wakeClients(key);
  }

  #keptOf(key: string, uid: string): boolean | 'leaving' {
    const known = this.#kept.get(key);
    return known?.uid === uid ? known.kept : false;
  }

  refuse(key: string, reason: Reason, message: string): void {
    const before = this.#refused.get(key);
    this.#refused.set(key, { reason, message });
    const was = this.#leave(key);
    if (was || before?.message !== message) this.#options.wakeClients(key);
  }

  forget(key: string): void {
    this.#refused.delete(key);
    this.#kept.delete(key);
    this.#awaited.delete(key);
    this.#leave(key);
    this.#options.wakeClients(key);
  }

  /** From now on this organization is listed there, or from when the provider object is joined. */
  lists(key: string, organization: string): void {
    const shared = this.shared(key);
    if (shared) shared.pool.include(organization);
    else this.#awaited.set(key, (this.#awaited.get(key) ?? new Set()).add(organization));
  }

  /** Connects a provider object with what its references say now. See `accountKey` for who shares a pool. */
  join(key: string, provider: Provider, module: ProviderModule, login: Login): SharedPool {
    const { spec } = provider;
    if (!spec) throw new TypeError('join needs a valid spec');
    const poolKey = accountKey(key, spec, module, login);
    const fingerprint = digest(poolKey, JSON.stringify(spec));
    const present = this.#joined.get(key);
    if (present?.fingerprint === fingerprint) return present.shared;
    const member = this.#member(spec, module, login);
    if (present && present.shared.key !== poolKey) this.#leave(key);
    const shared = this.#pools.get(poolKey) ?? this.#open(poolKey, member);
    shared.pool.join(key, member);
    shared.pool.recall([...(provider.status.formerOrganizations ?? []), ...(this.#awaited.get(key) ?? [])]);
    this.#awaited.delete(key);
    const isNew = !shared.members.has(key);
    shared.members.add(key);
    // Orphans were not looked for in the namespaces that it alone serves: until they are, what its status names stands.
    if (isNew && shared.orphans) {
      shared.orphans = undefined;
      this.#options.onSwept(shared);
    }
    this.#refused.delete(key);
    this.#joined.set(key, { fingerprint, shared });
    this.#listener?.joined(shared, provider);
    // Not one by one, as their objects come: all were complete once only when each of these was.
    for (const organization of shared.tally.organizations()) shared.pool.include(organization);
    // An account that is in use already has its verdict: nothing else would wake them.
    if (!shared.pool.starting) this.#options.wakeClients(key);
    return shared;
  }

  /** The status of its provider objects says something of it that has changed. */
  changed({ members }: SharedPool): void {
    for (const member of members) this.#options.wakeProvider(member);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((shared) => shared.stop()));
  }

  #member(spec: NonNullable<Provider['spec']>, module: ProviderModule, login: Login): Member {
    const { clock, connect, random, scale, onUpstreamCall } = this.#options;
    const limits = limitsOf(spec.limits, module.limits);
    const http = new ProviderHttp(login.connection, limits.concurrency, clock, connect);
    return {
      account: measured(
        module.connect(spec, http, login.credential, random, login.ownToken),
        clock,
        onUpstreamCall,
      ),
      limits,
      resyncMs: scale(parseDuration(spec.resyncInterval)),
      requestTimeoutMs: login.connection.timeoutMs,
    };
  }

  #open(key: string, member: Member): SharedPool {
    const { installation, clock, random, scale, memory, wakeClients, onSwept } = this.#options;
    const log = this.#options.log.child({ account: member.account.id });
    const controller = new AbortController();
    const stopWithAll = (): void => controller.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', stopWithAll, { once: true });
    const members = new Set<string>();
    const tally = new Tally();
    let judged = false;
    const pool = new Pool(
      {
        installation,
        clock,
        random,
        log,
        scale,
        memory,
        uses: (organization) => tally.names(organization),
        onTrouble: () => {
          this.changed(shared);
          // After a start they wait for the first verdict, whatever it is. Later trouble is told on the provider.
          if (!pool.trouble || !judged) for (const each of members) wakeClients(each);
          judged = true;
        },
        onSwept: (organization) => {
          judged = true;
          this.#listener?.listed(shared, organization);
          this.changed(shared);
          for (const each of members) wakeClients(each);
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
      tally,
      mass: new MassGuard(),
      deletions: new DeletionGuard(scale),
      members,
      orphans: undefined,
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
    this.#listener?.left(shared, key);
    if (shared.members.size === 0) {
      this.#pools.delete(shared.key);
      this.#listener?.closed(shared);
      void shared.stop();
    }
    return true;
  }
}
