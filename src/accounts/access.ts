import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import { allowsOrganization } from '../machine-client/client-policy.ts';
import type { AccountRegistry, SharedPool } from './registry.ts';
import type { Serving } from './serving.ts';
import { markedIn } from './withdrawn.ts';

/** What a MachineClient may do with its provider, whatever it says of itself. */
export class Access {
  readonly #serving: Serving;
  readonly #registry: AccountRegistry;
  readonly #installation: string;

  constructor(serving: Serving, registry: AccountRegistry, installation: string) {
    this.#serving = serving;
    this.#registry = registry;
    this.#installation = installation;
  }

  /** Whether the object's provider serves its namespace. */
  mayUse(object: MachineClient): boolean {
    return this.#serving.serves(providerKeyOf(object), object.namespace);
  }

  /**
   * Whether something of the object can be removed at its provider: what was made while its namespace was allowed. Its
   * mark at the provider says so, and nothing that the object says of itself.
   */
  mayRemove(object: MachineClient): boolean {
    if (this.mayUse(object)) return true;
    const pool = this.#registry.shared(providerKeyOf(object))?.pool;
    return pool !== undefined && markedIn(pool, this.#installation, object) !== undefined;
  }

  /** Whether a provider object of the account serves this namespace: only then can anything of it be there. */
  reaches({ members }: SharedPool, namespace: string): boolean {
    return [...members].some((member) => this.#serving.serves(member, namespace));
  }

  /**
   * The organization in which the object's client lives, where the provider has such. One that the provider object
   * does not let it use is none: it is not even listed, so nobody learns of it who may not use it. What else the object
   * asks for in vain changes nothing of where its client is.
   */
  organizationOf(object: MachineClient): string | undefined {
    const organization = object.spec.organizationId;
    if (organization === undefined || !this.mayUse(object)) return undefined;
    const spec = this.#serving.provider(providerKeyOf(object))?.spec;
    return spec && !allowsOrganization(organization, spec) ? undefined : organization;
  }

  /** Whose share of the workers an object uses: the account's, or its own where it may use none. */
  accountOf(object: MachineClient): string {
    const key = providerKeyOf(object);
    const shared = this.#registry.shared(key);
    return shared && this.mayRemove(object) ? shared.key : `${key} ${object.namespace}`;
  }
}
