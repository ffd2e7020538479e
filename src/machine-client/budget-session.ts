import type { Connected } from '../providers/connected.ts';
import type { Permit } from '../runtime/budget.ts';
import type { Need, Waited } from '../runtime/budget-line.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import type { Step } from './step.ts';

/** Leave for one request; given up when its answer is there. */
export interface Turn extends Disposable {
  readonly kind: 'turn';
  readonly permit: Permit;
}

type Context = Pick<ReconcileContext, 'lane' | 'signal' | 'clock' | 'aside'>;

/** What one pass has of the budget of its account: the permit for requests that follow each other. */
export class BudgetSession implements Disposable {
  readonly #context: Context;
  readonly #waited: Waited | undefined;
  #permit: Permit | undefined;

  constructor(context: Context, waited: Waited | undefined) {
    this.#context = context;
    this.#waited = waited;
    this.#permit = waited?.permit;
  }

  /**
   * Permission for one request, to be given back when its answer is there. `requests`: how many of this pass may follow
   * each other, this one with them. They are permitted together: a look whose write is then refused was for nothing.
   * Where it is not the pass's turn the pass ends, and the next one begins with it: what was decided before a wait is
   * decided on what was.
   */
  ask({ budget }: Connected, requests = 1): Turn | Extract<Step, { kind: 'busy' }> {
    const { lane } = this.#context;
    if (this.#permit?.budget !== budget || this.#permit.isOver) this.#giveBack();
    this.#permit ??= budget.ask(lane, requests);
    if (this.#permit) return this.#turn(this.#permit);
    const need: Need = { budget, lane, requests };
    return { kind: 'busy', need, isTold: this.#waited?.long === true };
  }

  /**
   * For a request that belongs to one just answered: to give it up now would cost more requests than it does. Where no
   * permit is left it waits for its turn, aside; undefined: the turn has not come within `ms`.
   */
  async turn({ budget }: Connected, ms: number): Promise<Turn | undefined> {
    if (this.#permit) return this.#turn(this.#permit);
    const { lane, signal, clock } = this.#context;
    using within = linkAbort(clock, signal, ms);
    try {
      this.#permit = await this.#context.aside(() => budget.acquire(lane, 1, within.signal));
      return this.#turn(this.#permit);
    } catch (error) {
      if (!within.signal.aborted || signal.aborted) throw error;
      return undefined;
    }
  }

  #turn(permit: Permit): Turn {
    permit.next();
    const answered = (): void => {
      if (permit.left <= 0) this.#giveBack();
    };
    return { kind: 'turn', permit, [Symbol.dispose]: answered };
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
