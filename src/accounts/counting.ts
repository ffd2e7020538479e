import { finalizers } from '../api/group.ts';
import type { MachineClient } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { upstreamHealth, type UpstreamHealth } from '../machine-client/policies/mass.ts';
import { mainSecret, ownSecrets, type SecretView } from '../machine-client/secret-view.ts';
import { fullMark } from '../providers/mark.ts';
import type { Access } from './access.ts';
import { holdsDeletions } from './holds.ts';
import type { SharedPool } from './registry.ts';
import type { Serving } from './serving.ts';
import type { Counted } from './tally.ts';

/** How one object of an account stands: from the caches and from what lists have shown. It changes nothing. */
export class Counting {
  readonly #serving: Serving;
  readonly #access: Access;
  readonly #secrets: Store<SecretView>;
  readonly #installation: string;

  constructor(serving: Serving, access: Access, secrets: Store<SecretView>, installation: string) {
    this.#serving = serving;
    this.#access = access;
    this.#secrets = secrets;
    this.#installation = installation;
  }

  upstreamHealthOf(
    { pool }: SharedPool,
    object: MachineClient,
    organization: string | undefined,
  ): UpstreamHealth {
    const inventory = pool.inventoryOf(organization);
    // Before its first complete list an empty inventory says nothing.
    if (inventory?.sweptAt === undefined) return 'unknown';
    const owned = ownSecrets(this.#secrets.byIndex('byOwner', objectKey(object)), this.#installation);
    const full = fullMark(this.#installation, object.namespace, object.name);
    return upstreamHealth(object, mainSecret(object, owned), inventory, full);
  }

  of(shared: SharedPool, object: MachineClient): Counted {
    const mayUse = this.#access.mayUse(object);
    const organization = this.#access.organizationOf(object);
    // Whether there is a mark of one that may not use it is looked for in every list: only where that counts.
    const removable = mayUse || (holdsDeletions(this.#serving, shared) && this.#access.mayRemove(object));
    const isMarked =
      removable &&
      object.deleting &&
      object.finalizers.includes(finalizers.upstream) &&
      object.spec.managementPolicy !== 'Observe';
    return {
      namespace: object.namespace,
      health: mayUse ? this.upstreamHealthOf(shared, object, organization) : 'unknown',
      organization,
      leaving: object.deleting,
      removable,
      marked: isMarked ? object.uid : undefined,
    };
  }
}
