import { finalizers } from '../api/group.ts';
import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import type { Change, Store } from '../kube/store.ts';

/** That many are remembered at one time; the oldest are forgotten first, and are orphans from then on. */
const MOST_REMEMBERED = 1_000;

/**
 * The API server decides at the beginning of a DELETE whether finalizers hold an object, and removes it at the end of
 * it: a finalizer that is added in between, which takes as long as an admission webhook needs, holds nothing. The stream
 * tells such an end by the object itself, which has our finalizer and no deletionTimestamp; whoever takes a finalizer off
 * by hand leaves an object without it.
 *
 * Its deletion was asked for, so what it left is removed as if it had been held: under its key, after the pass that may
 * still be making something for it. Only this process knows of it. If it crashes before that is done, or its watch was
 * interrupted, what is left is an orphan, and `spec.orphanPolicy` of its provider says what becomes of it.
 */
export class Bypassed {
  readonly #objects = new Map<string, MachineClient>();
  /** Keys of which nothing was tried yet: so long their provider objects are in use. */
  readonly #pending = new Set<string>();
  readonly #wakeProvider: (key: string) => void;

  constructor(machineClients: Store<MachineClient>, wakeProvider: (key: string) => void) {
    this.#wakeProvider = wakeProvider;
    machineClients.subscribe((change) => this.#changed(change));
  }

  /** The object of this key as it was, if the API server has removed it although it had our finalizer. */
  get(key: string): MachineClient | undefined {
    return this.#objects.get(key);
  }

  /** Something may have to be removed at this provider, or is being made there this very moment. */
  isUsing(provider: string): boolean {
    for (const key of this.#pending) {
      const object = this.#objects.get(key);
      if (object && providerKeyOf(object) === provider) return true;
    }
    return false;
  }

  /** Its removal was tried. It is remembered: what was not seen yet may be shown by the next list. */
  tried(key: string): void {
    const object = this.#objects.get(key);
    if (this.#pending.delete(key) && object) this.#wakeProvider(providerKeyOf(object));
  }

  #changed({ key, old, new: now, ...change }: Change<MachineClient>): void {
    // One of that name is there again, and takes over what bears its name.
    this.#forget(key);
    if (now !== undefined || change.type !== 'deleted') return;
    const { last } = change;
    const wasHeld =
      last?.finalizers?.includes(finalizers.upstream) === true && last.deletionTimestamp === undefined;
    if (!wasHeld || old === undefined || last?.uid !== old.uid) return;
    this.#objects.set(key, old);
    this.#pending.add(key);
    const [oldest] = this.#objects.keys();
    if (this.#objects.size > MOST_REMEMBERED && oldest !== undefined) this.#forget(oldest);
  }

  #forget(key: string): void {
    this.tried(key);
    this.#objects.delete(key);
  }
}
