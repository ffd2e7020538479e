import type { Connected } from '../providers/connected.ts';
import type { Admission, Permit } from '../runtime/budget.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import type { Pass } from './pass.ts';

/** Leave for one request; given up when its answer is there. */
export interface Turn extends Disposable {
  readonly permit: Permit;
}

/** What one pass has of the budget of its account: the permit for requests that follow each other. */
export class BudgetSession implements Disposable {
  readonly #pass: Pick<Pass, 'lane' | 'signal' | 'ports' | 'aside'>;
  #permit: Permit | undefined;

  constructor(pass: Pick<Pass, 'lane' | 'signal' | 'ports' | 'aside'>) {
    this.#pass = pass;
  }

  /**
   * Permission for one request, to be given back when its answer is there. `requests`: how many of this pass may follow
   * each other, this one with them. They are permitted together: a look whose write is then refused was for nothing.
   */
  ask(connected: Connected, requests = 1): Exclude<Admission, Permit> | ({ readonly granted: true } & Turn) {
    // Somebody else was told 429 since.
    if (this.#permit && (this.#permit.left === 0 || connected.budget.retryAt !== undefined)) this.#giveBack();
    if (this.#permit) this.#permit.next();
    else {
      const admission = connected.budget.tryAcquire(this.#pass.lane, requests);
      if (!admission.granted) return admission;
      this.#permit = admission;
    }
    return { granted: true, ...this.#turn(this.#permit) };
  }

  /**
   * For a request that belongs to one just answered: to give it up now would cost more requests than it does. Where no
   * permit is left it waits for its turn, aside; undefined: the turn has not come within `ms`.
   */
  async turn(connected: Connected, ms: number): Promise<Turn | undefined> {
    if (this.#permit) {
      this.#permit.next();
      return this.#turn(this.#permit);
    }
    using deadline = linkAbort(this.#pass.ports.clock, this.#pass.signal, Math.max(0, ms));
    try {
      const permit = await this.#pass.aside(() => connected.budget.acquire(this.#pass.lane, deadline.signal));
      return { permit, [Symbol.dispose]: () => permit.release() };
    } catch (error) {
      if (deadline.signal.aborted && !this.#pass.signal.aborted) return undefined;
      throw error;
    }
  }

  #turn(permit: Permit): Turn {
    return { permit, [Symbol.dispose]: () => this.#answered() };
  }

  #answered(): void {
    if (this.#permit?.left === 0) this.#giveBack();
  }

  #giveBack(): void {
    this.#permit?.release();
    this.#permit = undefined;
  }

  /** What was permitted and not asked for comes back to the account. */
  [Symbol.dispose](): void {
    this.#giveBack();
  }
}
