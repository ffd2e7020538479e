import { type Place, WorkQueueLane } from './work-queue-lane.ts';

/** Most urgent first: what a person waits for, deletions, rotations, and what is looked at for safety's sake. */
export const lanes = ['user', 'deletion', 'rotation', 'resync'] as const;
export type Lane = (typeof lanes)[number];

/** The key that is to be taken first. */
export interface First {
  readonly lane: Lane;
  readonly place: Place<string>;
  readonly rank: number;
}

/**
 * Keys that wait, in their lanes. The first of each lane competes with the time of its add plus a step for each lane
 * before it.
 */
export class WorkQueueLanes {
  readonly #stepMs: number;
  readonly #lanes: readonly WorkQueueLane<string>[] = lanes.map(() => new WorkQueueLane<string>());

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  get size(): number {
    return this.#lanes.reduce((sum, { size }) => sum + size, 0);
  }

  of(lane: Lane): WorkQueueLane<string> {
    return this.#lanes[lanes.indexOf(lane)] as WorkQueueLane<string>;
  }

  rank(lane: Lane, since: number): number {
    return since + lanes.indexOf(lane) * this.#stepMs;
  }

  first(): First | undefined {
    let best: First | undefined;
    for (const lane of lanes) {
      const place = this.of(lane).peek();
      if (place === undefined) continue;
      const rank = this.rank(lane, place.since);
      if (best === undefined || rank < best.rank) best = { lane, place, rank };
    }
    return best;
  }
}
