import { annotations } from '../api/group.ts';
import type { MachineClient } from '../api/objects.ts';
import { type Operation, parseOperation } from '../api/operation.ts';
import type { Follower } from '../kube/store.ts';
import type { Clock } from '../runtime/clock.ts';
import { Recent } from '../runtime/recent.ts';
import { isUnresolved, isYoung } from './operation.ts';
import type { SeenOperation, Settling } from './settling.ts';
import { scaled, type Timing } from './timing.ts';

/** Objects that have gone and left something open: few, even when all objects go at once. */
const MOST = 10_000;
/** Longer than what a provider writes may be missing from what it shows. */
const YOUNG_MS = 10 * 60_000;

export interface FormerOptions {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly settling: Pick<Settling, 'of'>;
}

/**
 * The last operations of objects that this process has seen go, by `namespace/name`. An object of the same name has the
 * same mark, and finds by it what the one before has left: also a client whose creation had no answer. But its own
 * annotations do not say that there was such a creation, so they do not say either that a list from before it counts for
 * nothing.
 *
 * An object goes without its client when its definition goes, or when somebody takes its finalizer off. A process that
 * starts afterwards has not seen that; it has no list from before it either.
 */
export class Former {
  readonly #options: FormerOptions;
  readonly #operations = new Recent<Operation>(MOST);

  constructor(options: FormerOptions) {
    this.#options = options;
  }

  /** Of the object that had this key before, by the clock of this process. */
  of(key: string): SeenOperation | undefined {
    return this.#options.settling.of(this.#operations.get(key));
  }

  readonly follow: Follower<MachineClient> = (key, old, now) => {
    if (!old || now?.uid === old.uid) return;
    const operation = parseOperation(old.annotations[annotations.operation]);
    if (operation && this.#mayHide(operation, old)) this.#operations.set(key, operation);
  };

  /** Whether a list that began before it, or shortly after, may not show the client. */
  #mayHide(operation: Operation, { status }: MachineClient): boolean {
    const { clock, timing } = this.#options;
    // An object whose client is removed or released ends with that.
    if (operation.kind === 'delete' || operation.kind === 'release') return false;
    return (
      isUnresolved(operation, undefined, status.operation) ||
      isYoung(operation, clock.now(), scaled(timing, YOUNG_MS))
    );
  }
}
