import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';

/**
 * Objects that are getting our finalizer this very moment. A pass decides, tries its Secret out and waits for the budget
 * before its fence leaves, and its provider object may be deleted meanwhile: by what the cache shows nobody needs that.
 *
 *     decided ──▶ dry run, budget ──▶ begin ──▶ fence ──▶ answered: the cache shows the finalizer
 *                                       │                 not answered: it may be there; the next pass ends it
 *                                       └─ the provider object is on its way out: no fence, decide again
 */
export class Beginnings {
  /** The key of the provider object, by that of the object. */
  readonly #begun = new Map<string, string>();
  readonly #stays: (object: MachineClient) => boolean;
  readonly #wakeProvider: (key: string) => void;

  /** `stays`: the object's provider, and what that logs in with, are kept for as long as anything depends on them. */
  constructor(stays: (object: MachineClient) => boolean, wakeProvider: (key: string) => void) {
    this.#stays = stays;
    this.#wakeProvider = wakeProvider;
  }

  /** From now on its provider is in use, until `end`. False: that is on its way out, and nothing is begun with it. */
  begin(object: MachineClient): boolean {
    if (!this.#stays(object)) return false;
    this.#begun.set(objectKey(object), providerKeyOf(object));
    return true;
  }

  /** What the cache shows of the object is all that counts again. */
  end(key: string): void {
    const provider = this.#begun.get(key);
    if (this.#begun.delete(key) && provider !== undefined) this.#wakeProvider(provider);
  }

  isUsing(provider: string): boolean {
    for (const used of this.#begun.values()) if (used === provider) return true;
    return false;
  }
}
