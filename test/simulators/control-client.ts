import { setTimeout as delay } from 'node:timers/promises';
import type { FaultRule, FaultStatus } from './faults.ts';
import type { HeldRequest, HoldOutcome } from './holds.ts';
import type { Counters, RequestFilter, RequestRecord } from './request-log.ts';

/** What differs between the control endpoints of two simulators. */
export interface ControlTypes {
  readonly state: object;
  readonly secret: object;
  readonly switches: object;
  readonly switchPatch: object;
  readonly action: object;
  readonly actionResult: object;
}

interface CommonState {
  readonly provider: string;
  readonly counters: Counters;
  readonly held: readonly HeldRequest[];
  readonly faults: readonly FaultStatus[];
}

/** Speaks with the control endpoint of a simulator, in this or in another process. Throws what it refuses. */
export class ControlClient<T extends ControlTypes> {
  readonly #url: string;

  constructor(controlUrl: string) {
    this.#url = controlUrl;
  }

  state(): Promise<
    T['state'] & CommonState & { readonly secrets: readonly T['secret'][]; readonly switches: T['switches'] }
  > {
    return this.#call('GET', '/state');
  }

  secrets(): Promise<readonly T['secret'][]> {
    return this.#call('GET', '/secrets');
  }

  counters(): Promise<Counters> {
    return this.#call('GET', '/counters');
  }

  requests(filter: RequestFilter = {}): Promise<readonly RequestRecord[]> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter))
      if (value !== undefined) query.set(name, String(value));
    return this.#call('GET', `/requests?${query.toString()}`);
  }

  faults(): Promise<readonly FaultStatus[]> {
    return this.#call('GET', '/faults');
  }

  /** Replaces all rules. */
  setFaults(rules: readonly FaultRule[]): Promise<readonly FaultStatus[]> {
    return this.#call('PUT', '/faults', rules);
  }

  addFaults(rules: readonly FaultRule[]): Promise<readonly FaultStatus[]> {
    return this.#call('POST', '/faults', rules);
  }

  held(): Promise<readonly HeldRequest[]> {
    return this.#call('GET', '/held');
  }

  /** Waits until at least `count` calls of the operation are held, and gives them. Throws after `timeoutMs`. */
  async untilHeld(operation: string, count = 1, timeoutMs = 30_000): Promise<readonly HeldRequest[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const held = (await this.held()).filter((request) => request.operation === operation);
      if (held.length >= count) return held;
      if (performance.now() > deadline) throw new Error(`${held.length} of ${count} ${operation} are held`);
      await delay(10);
    }
  }

  async release(id: number, outcome: HoldOutcome = 'continue'): Promise<void> {
    await this.#call('POST', '/release', { id, outcome });
  }

  /** The number of calls that were released. */
  async releaseAll(outcome: HoldOutcome = 'continue'): Promise<number> {
    const { released } = await this.#call<{ released: number }>('POST', '/release', { all: true, outcome });
    return released;
  }

  setSwitches(patch: T['switchPatch']): Promise<T['switches']> {
    return this.#call('POST', '/switches', patch);
  }

  act(action: T['action']): Promise<T['actionResult']> {
    return this.#call('POST', '/actions', action);
  }

  async reset(): Promise<void> {
    await this.#call('POST', '/reset');
  }

  async #call<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const value: unknown = await response.json();
    if (!response.ok) {
      throw new Error(`control ${method} ${path}: ${(value as { error?: string }).error ?? response.status}`);
    }
    return value as Result;
  }
}
