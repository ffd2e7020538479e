import type { ServerResponse } from 'node:http';
import type { RequestRecord } from './request-log.ts';

/** A call that waits for its release. */
export interface HeldRequest {
  /** The `seq` of its log record. */
  readonly id: number;
  readonly operation: string;
  readonly clientId: string | null;
  /** Whether its work is done already. */
  readonly phase: 'before' | 'after';
  /** The caller has hung up. A call held before its work stays: released, it is a late request. */
  clientGone: boolean;
}

/** `continue` lets the call go on, `drop` closes its connection (and, held before its work, it is never done). */
export type HoldOutcome = 'continue' | 'drop';

/** The calls that are held, until somebody releases them; one held after its work also ends when its caller hangs up. */
export class Holds {
  readonly #held = new Map<number, { request: HeldRequest; end: (outcome: HoldOutcome) => void }>();

  hold(record: RequestRecord, phase: 'before' | 'after', response: ServerResponse): Promise<HoldOutcome> {
    const { seq, operation, clientId } = record;
    return new Promise((end) => {
      const request: HeldRequest = { id: seq, operation, clientId, phase, clientGone: false };
      this.#held.set(seq, { request, end });
      const onClose = (): void => {
        request.clientGone = true;
        if (phase === 'after') this.release(seq, 'drop');
      };
      if (response.destroyed) onClose();
      else response.once('close', onClose);
    });
  }

  list(): HeldRequest[] {
    return [...this.#held.values()].map(({ request }) => ({ ...request }));
  }

  /** False when no call of that id is held. */
  release(id: number, outcome: HoldOutcome = 'continue'): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    this.#held.delete(id);
    held.end(outcome);
    return true;
  }

  /** The number of calls that were released. */
  releaseAll(outcome: HoldOutcome = 'continue'): number {
    const ids = [...this.#held.keys()];
    for (const id of ids) this.release(id, outcome);
    return ids.length;
  }
}
