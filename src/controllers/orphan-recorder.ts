import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import {
  parseProvider,
  providerKeyOf,
  resourceOfProvider,
  type MachineClient,
  type Provider,
} from '../api/objects.ts';
import { MOST_FORMER_ORGANIZATIONS, type ProviderStatus } from '../api/schema/identity-provider.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, KubeError } from '../kube/errors.ts';
import type { Store } from '../kube/store.ts';
import { SharedTurn } from '../runtime/shared-turn.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { lineOf } from '../accounts/provider-report.ts';
import type { Orphan } from '../accounts/registry.ts';

export interface OrphanRecorderOptions {
  readonly kube: KubeClient;
  readonly accounts: Accounts;
  readonly stores: Readonly<Record<Provider['kind'], Store<Provider>>>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What is to be named in the status of one provider object. */
interface Notes {
  readonly turn: SharedTurn<void>;
  /** By their line; from before the first list of the account, which shows them itself where it can. */
  readonly unlisted: Map<string, Orphan>;
  readonly organizations: Set<string>;
}

const MOST_NAMED = 20;
const MOST_TRIES = 4;

/**
 * Names what objects leave behind upstream in the status of their provider, before the object may go. An object that
 * may not use the provider writes nothing there, whatever it says of itself. Hundreds may go at once: what is to be
 * named while one write is under way is named by the next one.
 */
export class OrphanRecorder {
  readonly #options: OrphanRecorderOptions;
  readonly #records = new Map<string, Notes>();

  constructor(options: OrphanRecorderOptions) {
    this.#options = options;
  }

  async record(object: MachineClient, clientId: string): Promise<void> {
    const { serving, registry, access } = this.#options.accounts;
    const key = providerKeyOf(object);
    const { namespace, name } = object;
    const orphan = { clientId, namespace, name };
    if (!serving.provider(key) || !access.mayUse(object)) {
      this.#cannotTell(orphan);
      return;
    }
    const line = lineOf(orphan);
    const shared = registry.shared(key);
    const record = this.#recordOf(key);
    (shared?.orphans ?? record.unlisted).set(line, orphan);
    // Where nobody else names it, a restart would forget that this organization is to be listed.
    const organization = access.organizationOf(object);
    if (organization !== undefined) record.organizations.add(organization);
    await record.turn.take();
  }

  /**
   * The object is about to go. Where none that stays names its organization, a process that ends now would leave nobody
   * who knows that this is to be listed: what is left in it, or comes late, would not be found.
   */
  async leaves(object: MachineClient): Promise<void> {
    const { registry, access } = this.#options.accounts;
    const key = providerKeyOf(object);
    const organization = access.organizationOf(object);
    if (organization === undefined || registry.shared(key)?.tally.keeps(organization) === true) return;
    // Whoever leads only now has not listed it.
    registry.lists(key, organization);
    const record = this.#recordOf(key);
    record.organizations.add(organization);
    await record.turn.take();
  }

  #recordOf(key: string): Notes {
    const present = this.#records.get(key);
    if (present) return present;
    const record: Notes = {
      turn: new SharedTurn(() => this.#writeAtLast(key, record)),
      unlisted: new Map(),
      organizations: new Set(),
    };
    this.#records.set(key, record);
    return record;
  }

  /** The provider's own controller writes the same status, and the same orphans: what it wrote is in the cache by then. */
  async #writeAtLast(key: string, notes: Notes): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#write(key, notes);
        return;
      } catch (error) {
        if (!isConflict(error) || tries === MOST_TRIES) throw error;
      }
    }
  }

  async #write(key: string, { unlisted, organizations }: Notes): Promise<void> {
    const { kube, accounts, stores, signal } = this.#options;
    const provider = accounts.serving.provider(key);
    if (!provider) {
      for (const orphan of unlisted.values()) this.#cannotTell(orphan);
      return;
    }
    const named = [...unlisted];
    const left = [...organizations];
    const all = accounts.report(key).orphans;
    const known = provider.status.orphans;
    const orphans = all ? countOf(all) : named.length > 0 ? withUnlisted(known, unlisted.keys()) : known;
    const former = provider.status.formerOrganizations ?? [];
    const added = left.filter((organization) => !former.includes(organization));
    if (isDeepStrictEqual(known, orphans) && added.length === 0) return;
    const body = {
      metadata: { uid: provider.uid, resourceVersion: provider.resourceVersion },
      status: {
        ...(orphans && { orphans }),
        ...(added.length > 0 && {
          formerOrganizations: [...former, ...added].slice(-MOST_FORMER_ORGANIZATIONS),
        }),
      },
    };
    const ref = { name: provider.name, ...(provider.namespace !== '' && { namespace: provider.namespace }) };
    try {
      const raw = await kube.mergePatch<Parameters<ReturnType<typeof parseProvider>>[0]>(
        resourceOfProvider(provider.kind),
        ref,
        body,
        { subresource: 'status', signal },
      );
      stores[provider.kind].wrote(parseProvider(provider.kind)(raw));
    } catch (error) {
      // It has gone since, or its definition has, and our copy of it is the last one.
      if (!(error instanceof KubeError) || error.status !== 404) throw error;
      for (const [, orphan] of named) this.#cannotTell(orphan);
    }
    for (const [line] of named) unlisted.delete(line);
    // Once nothing is left in it, it is not to be listed again because of this.
    for (const organization of left) organizations.delete(organization);
  }

  #cannotTell({ clientId, namespace: ns, name }: Orphan): void {
    this.#options.log.warn(
      { ns, name, clientId },
      'a client was left upstream, and its provider is gone or does not serve this namespace',
    );
  }
}

const countOf = (lines: readonly string[]): NonNullable<ProviderStatus['orphans']> => ({
  count: lines.length,
  sample: lines.slice(0, MOST_NAMED),
});

/** Before the first list: what is known from before, and these. */
const withUnlisted = (
  { count, sample = [] }: NonNullable<ProviderStatus['orphans']> = { count: 0 },
  lines: Iterable<string>,
): NonNullable<ProviderStatus['orphans']> => {
  const more = [...lines].filter((line) => !sample.includes(line));
  return { count: count + more.length, sample: [...sample, ...more].slice(-MOST_NAMED) };
};
