import type { Logger } from 'pino';
import type { Accounts } from '../accounts/accounts.ts';
import { lineOf, orphansNow, searchable } from '../accounts/provider-report.ts';
import type { Orphan, SharedPool } from '../accounts/registry.ts';
import { machineClients as resource, providerKeyOf } from '../api/objects.ts';
import type { MachineClient } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import type { Store } from '../kube/store.ts';
import type { Ports } from '../machine-client/ports.ts';
import type { SecretView } from '../machine-client/secret-view.ts';
import { isUnread } from '../machine-client/policies/locate.ts';
import type { Connected } from '../providers/connected.ts';
import { fullMark, makeMark } from '../providers/mark.ts';
import type { Clock } from '../runtime/clock.ts';
import { patiently } from '../runtime/patience.ts';
import { takeAway } from '../machine-client/carry-out/take-away.ts';
import type { Bypassed } from './bypassed.ts';
import type { Definition } from './definition.ts';
import { BudgetSession } from '../machine-client/budget-session.ts';
import type { Waited } from '../runtime/budget-line.ts';
import { done, type Next } from '../runtime/next.ts';
import { offered } from '../providers/offered.ts';

export interface OrphanOptions {
  readonly kube: KubeClient;
  readonly definition: Definition;
  readonly bypassed: Bypassed;
  readonly installation: string;
  readonly accounts: Accounts;
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly watches: (namespace: string) => boolean;
  readonly clock: Clock;
  /** A deletion that is not answered by then is waited for aside, without a worker. */
  readonly patienceMs: number;
  readonly aside: Ports['aside'];
  readonly recordLeaving: Ports['recordLeaving'];
  readonly log: Logger;
}

const connectedTo = (shared: SharedPool, organization: string | undefined): Connected | undefined =>
  [...shared.members]
    .map((member) => shared.pool.connected(member, organization))
    .find((connected) => connected !== undefined);

/**
 * Orphans: clients with our installation's mark, in a namespace that we watch and that the account serves, whose
 * MachineClient does not exist on a live read. Anything else is somebody else's: who owns an account can write any mark
 * into it, and a mark must not reach where none of its provider objects do.
 */
export class Orphans {
  readonly #options: OrphanOptions;

  constructor(options: OrphanOptions) {
    this.#options = options;
  }

  /** After a sweep. Returns the keys of missing objects that have something upstream. */
  async find(shared: SharedPool, signal: AbortSignal): Promise<readonly string[]> {
    const { machineClients, watches, accounts } = this.#options;
    const { access } = accounts;
    const known = searchable(shared.orphans, machineClients);
    await this.#readWhole(shared, signal);
    // After a start, what the first of several organizations shows is not all: what the status names stays until then.
    const isAll = shared.pool.swept || shared.orphans !== undefined;
    const members = shared.members.size;
    const suspects = [...shared.pool.partitions()]
      .flatMap(({ inventory }) => [...inventory.values()])
      .filter(
        ({ mark }) =>
          mark &&
          watches(mark.namespace) &&
          access.reaches(shared, mark.namespace) &&
          !machineClients.get(`${mark.namespace}/${mark.name}`),
      );
    const orphans: Orphan[] = [];
    for (const { id, mark } of suspects)
      if (mark && (await this.#isGone(mark.namespace, mark.name, signal)))
        orphans.push({ clientId: id, namespace: mark.namespace, name: mark.name });
    // One that has joined meanwhile has them looked for again.
    if (isAll && members === shared.members.size)
      shared.orphans = orphansNow(shared.orphans, known, orphans, machineClients);
    return [...new Set(orphans.map(({ namespace, name }) => `${namespace}/${name}`))];
  }

  /**
   * The object of this key is not in our cache. Runs under its key, so no pass for a new object of the name runs
   * beside it. Either its own deletion was asked for, and the API server did not wait for us; or every provider object
   * of the account must ask for it: they share what is deleted.
   */
  async remove(key: string, signal: AbortSignal, waited: Waited | undefined): Promise<Next> {
    const { bypassed, recordLeaving } = this.#options;
    const object = bypassed.get(key);
    // Whoever took over since has not listed its organization, which nobody names any more: what is there is found then.
    if (object) await recordLeaving(object);
    const next = await this.#removeAll(key, object, signal, waited);
    // What is left now waits for the next list, as any orphan does.
    if (next.kind === 'done') bypassed.tried(key);
    return next;
  }

  async #removeAll(
    key: string,
    bypassed: MachineClient | undefined,
    signal: AbortSignal,
    waited: Waited | undefined,
  ): Promise<Next> {
    const { clock, patienceMs, aside, accounts } = this.#options;
    const { registry, access, serving } = accounts;
    const [namespace = '', name = ''] = key.split('/');
    const full = fullMark(this.#options.installation, namespace, name);
    const isDeleted =
      bypassed?.spec.deletionPolicy === 'Delete' && bypassed.spec.managementPolicy === 'Manage';
    using budget = new BudgetSession(
      { lane: 'deletion', signal, clock, aside: (wait) => aside(key, wait) },
      waited,
    );
    for (const shared of registry.pools()) {
      if (!access.reaches(shared, namespace)) continue;
      const found = [...shared.pool.partitions()].flatMap(({ organization, inventory }) =>
        inventory.byMark(full).map((client) => ({ client, organization })),
      );
      const wanted = [...shared.members].every(
        (member) => serving.provider(member)?.spec?.orphanPolicy === 'Delete',
      );
      // Of its own account alone: what bears its name in another one, an earlier object of that name has left there.
      const isMeant = isDeleted && registry.shared(providerKeyOf(bypassed)) === shared;
      if (found.length === 0 || !(wanted || isMeant) || !(await this.#isLeft(key, signal))) continue;
      for (const { client, organization } of found) {
        // One that bears the uid of another object is not what this one has left.
        if (!wanted && client.uid !== undefined && client.uid !== bypassed?.uid) continue;
        // Somebody may have taken it for himself when he changed its name: the next list has it read first.
        if (isUnread(client)) continue;
        const connected = connectedTo(shared, organization);
        if (!connected) break;
        const asked = budget.ask(connected);
        if (asked.kind === 'busy') return asked;
        using turn = asked;
        const { permit } = turn;
        // By id, of an object that is gone: there is nothing to fence on. Dead during it: the next sweep shows it again.
        const outcome = await patiently(
          clock,
          patienceMs,
          offered(connected.account.clients, 'clients').remove(client.id, { signal, permit }),
          (wait) => aside(key, wait),
        );
        connected.report(outcome);
        if (outcome.kind !== 'ok') return done;
        connected.inventory.remove(client.id);
        this.#options.log.info({ ns: namespace, name, clientId: client.id }, 'orphan removed');
        shared.orphans?.delete(lineOf({ clientId: client.id, namespace, name }));
        registry.changed(shared);
        if (!this.#isShownElsewhere(client.id, full, shared))
          await this.#removeSecrets(key, (secret) => secret.clientId === client.id, bypassed, signal);
      }
    }
    // What an issued secret stands for ends by itself, and no list shows it.
    if (bypassed && isDeleted && (await this.#isLeft(key, signal)))
      await this.#removeSecrets(
        key,
        ({ owner, clientId }) => owner.uid === bypassed.uid && clientId === '',
        bypassed,
        signal,
      );
    return done;
  }

  /** The account that shows something of this object, which is gone: its share of the workers is used for it. */
  accountOf(key: string): string | undefined {
    const { registry, access } = this.#options.accounts;
    const [namespace = '', name = ''] = key.split('/');
    const full = fullMark(this.#options.installation, namespace, name);
    for (const shared of registry.pools()) {
      if (!access.reaches(shared, namespace)) continue;
      for (const { inventory } of shared.pool.partitions())
        if (inventory.byMark(full).length > 0) return shared.key;
    }
    return undefined;
  }

  /**
   * Its object is gone and is not to come back. It is asked for once more after its definition: while that is away nothing
   * is found, and an object comes back in the same second as the definition.
   */
  async #isLeft(key: string, signal: AbortSignal): Promise<boolean> {
    const [namespace = '', name = ''] = key.split('/');
    return (
      (await this.#isGone(namespace, name, signal)) &&
      !(await this.#mayReturn(key)) &&
      (await this.#isGone(namespace, name, signal))
    );
  }

  /**
   * It went with its definition, or with a former one, and nobody asked for the end of its client: the Secret that works
   * says so for as long as it is there. Who deletes that asks for it.
   */
  async #mayReturn(key: string): Promise<boolean> {
    const { secrets, installation, definition } = this.#options;
    const owned = secrets.byIndex('byOwner', key).filter(({ owner }) => owner.installation === installation);
    return await definition.mayReturn(owned);
  }

  /** Two accounts show the same client: whose Secret it is cannot be told. */
  #isShownElsewhere(clientId: string, full: string, shared: SharedPool): boolean {
    return [...this.#options.accounts.registry.pools()].some(
      (other) =>
        other !== shared &&
        [...other.pool.partitions()].some(({ inventory }) => inventory.get(clientId)?.mark?.full === full),
    );
  }

  /**
   * A list whose items are summaries shows a short mark, and not whose it is. Those of objects that are here are known
   * by theirs; any other is read once, and then remembered while the list shows it so. One that has another name since
   * then is read again after each list.
   */
  async #readWhole(shared: SharedPool, signal: AbortSignal): Promise<void> {
    const { machineClients, installation } = this.#options;
    let known: ReadonlySet<string> | undefined;
    for (const { organization, inventory } of shared.pool.partitions())
      for (const client of [...inventory.values()]) {
        if (!isUnread(client)) continue;
        known ??= new Set(
          [...machineClients.values()].map(
            ({ namespace, name }) => makeMark(installation, namespace, name).short,
          ),
        );
        const connected = connectedTo(shared, organization);
        if (!connected || known.has(client.mark?.short ?? client.shortMark ?? '')) continue;
        // Not in a worker: this follows a sweep, and may wait as long as that.
        using permit = await connected.budget.acquire('resync', 1, signal);
        const outcome = await offered(connected.account.clients, 'clients').get(client.id, {
          signal,
          permit,
        });
        connected.report(outcome);
        if (outcome.kind !== 'ok') return;
        if (outcome.value) inventory.put(outcome.value);
        else inventory.remove(client.id);
      }
  }

  /**
   * A Secret of ours whose object is gone goes only together with the client that it says it is of. Dead between the
   * two: it stays, and says whose it was.
   */
  async #removeSecrets(
    key: string,
    isMeant: (secret: SecretView) => boolean,
    bypassed: MachineClient | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { kube, secrets, installation } = this.#options;
    const keeps = bypassed?.spec.secret.deletionPolicy === 'Retain';
    for (const secret of secrets.byIndex('byOwner', key)) {
      if (secret.owner.installation !== installation || !isMeant(secret)) continue;
      try {
        await takeAway(kube, secret, keeps, signal);
        secrets.removed(`${secret.namespace}/${secret.name}`, secret.uid);
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    }
  }

  async #isGone(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.kube.get(resource, { namespace, name }, { signal, metadataOnly: true });
      return false;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }
}
