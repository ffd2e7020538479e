import type { Connected } from '../providers/connected.ts';
import type { Permit } from '../runtime/budget.ts';
import type { Need, Waited } from '../runtime/budget-line.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import type { Step } from './step.ts';

/** Leave for one request; given up when its answer is there. */
export interface Turn extends Disposable {
  readonly kind: 'turn';
  readonly permit: Permit;
}

/** What one pass has of the budget of its account: the permit for requests that follow each other. */
export class BudgetSession implements Disposable {
  readonly #context: Pick<ReconcileContext, 'lane' | 'signal' | 'aside'>;
  readonly #waited: Waited | undefined;
  #permit: Permit | undefined;
  /** It has waited for that permit, and not asked for anything yet. */
  #isFresh: boolean;

  constructor(context: Pick<ReconcileContext, 'lane' | 'signal' | 'aside'>, waited: Waited | undefined) {
    this.#context = context;
    this.#waited = waited;
    this.#permit = waited?.turn?.permit;
    this.#isFresh = this.#permit !== undefined;
  }

  /**
   * Permission for one request, to be given back when its answer is there. `requests`: how many of this pass may follow
   * each other, this one with them. They are permitted together: a look whose write is then refused was for nothing.
   * Where it is not the pass's turn the pass ends, and the next one begins with it: what was decided before a wait is
   * decided on what was.
   */
  async ask({ budget }: Connected, requests = 1): Promise<Turn | Extract<Step, { kind: 'busy' }>> {
    const isAnothers = this.#isFresh && this.#waited?.turn?.budget !== budget;
    const isUsed = !this.#isFresh && this.#permit?.left === 0;
    if (isAnothers || isUsed || this.#permit?.isOver) this.#giveBack();
    if (this.#isFresh) this.#isFresh = false;
    else if (this.#permit) this.#permit.next();
    else {
      const { lane, signal } = this.#context;
      this.#permit = await budget.acquire(lane, requests, signal, {
        since: this.#waited?.since,
        withinMs: 0,
      });
    }
    if (this.#permit) return this.#turn(this.#permit);
    const need: Need = { budget, lane: this.#context.lane, requests };
    return { kind: 'busy', need, isTold: this.#waited?.long === true };
  }

  /**
   * For a request that belongs to one just answered: to give it up now would cost more requests than it does. Where no
   * permit is left it waits for its turn, aside; undefined: the turn has not come within `ms`.
   */
  async turn({ budget }: Connected, ms: number): Promise<Turn | undefined> {
    if (this.#permit) {
      this.#permit.next();
      return this.#turn(this.#permit);
    }
    const { lane, signal } = this.#context;
    const permit = await this.#context.aside(() =>
      budget.acquire(lane, 1, signal, { withinMs: Math.max(0, ms) }),
    );
    return permit && { kind: 'turn', permit, [Symbol.dispose]: () => permit.release() };
  }

  #turn(permit: Permit): Turn {
    return { kind: 'turn', permit, [Symbol.dispose]: () => this.#answered() };
  }

  #answered(): void {
    if (this.#permit?.left === 0) this.#giveBack();
  }

  #giveBack(): void {
    this.#permit?.release();
    this.#permit = undefined;
    this.#isFresh = false;
  }

  /** What was permitted and not asked for comes back to the account. */
  [Symbol.dispose](): void {
    this.#giveBack();
  }
}
