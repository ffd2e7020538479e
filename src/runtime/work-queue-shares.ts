import { WorkQueueLanes } from './work-queue-lanes.ts';

/** What several keys have in common, so that they must not take up all workers together. */
export interface Share {
  /** The group of a key, asked when work on it is about to begin; undefined: it has none, and is never kept back. */
  readonly of: (key: string) => string | undefined;
  /** How many keys of one group may be worked on at a time. */
  readonly most: number;
}

/** Of each group: how many of its keys are worked on, and which ones were passed over because these are enough. */
export class WorkQueueShares {
  readonly #share: Share | undefined;
  readonly #laneStepMs: number;
  readonly #passedOver = new Map<string, WorkQueueLanes>();
  readonly #held = new Map<string, number>();

  constructor(share: Share | undefined, laneStepMs: number) {
    this.#share = share;
    this.#laneStepMs = laneStepMs;
  }

  of(key: string): string | undefined {
    return this.#share?.of(key);
  }

  hasRoom(group: string): boolean {
    return (this.#held.get(group) ?? 0) < (this.#share?.most ?? Number.POSITIVE_INFINITY);
  }

  hold(group: string | undefined): void {
    if (group !== undefined) this.#held.set(group, (this.#held.get(group) ?? 0) + 1);
  }

  /** Whether one of its group was passed over, and may be taken now. */
  release(group: string | undefined): boolean {
    if (group === undefined) return false;
    const left = (this.#held.get(group) ?? 0) - 1;
    if (left > 0) this.#held.set(group, left);
    else this.#held.delete(group);
    return this.#passedOver.has(group);
  }

  /** Where those of a group wait that are passed over. */
  passedOverOf(group: string): WorkQueueLanes {
    const present = this.#passedOver.get(group);
    if (present) return present;
    const made = new WorkQueueLanes(this.#laneStepMs);
    this.#passedOver.set(group, made);
    return made;
  }

  /** All that were passed over. */
  passedOver(): Iterable<WorkQueueLanes> {
    return this.#passedOver.values();
  }

  /** Calls back with those that were passed over, and of whose group there is room again. */
  forEachWithRoom(consider: (lanes: WorkQueueLanes) => void): void {
    for (const [group, lanes] of this.#passedOver) {
      if (lanes.size === 0) this.#passedOver.delete(group);
      else if (this.hasRoom(group)) consider(lanes);
    }
  }
}
