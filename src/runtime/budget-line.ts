import type { Budget, Permit } from './budget.ts';
import type { Clock } from './clock.ts';
import type { Lane, WorkQueue } from './work-queue.ts';

/** What the work on a key could not go on without. */
export interface Need {
  readonly budget: Budget;
  readonly lane: Lane;
  readonly requests: number;
}

/** What a key has waited for when the work on it begins. What of the permit is not used comes back with it. */
export interface Waited extends Disposable {
  readonly since: number;
  /** For so long that it is to be told. */
  readonly long: boolean;
  /** Its turn has come. */
  readonly permit: Permit | undefined;
}

/** A wait that is longer than this is told to those who wait for it: the key is worked on once without its turn. */
const LONG_MS = 10_000;
/** A rotation that is due waits unseen: the Secret works, and thousands may be due in one moment. */
const toldIn: readonly Lane[] = ['user', 'deletion'];

/**
 * Keys that wait for their turn in a budget. They are in nobody's hands meanwhile, neither worked on nor in the queue:
 * their turn adds them to it, as the end of a delay does. Whatever else adds such a key has it worked on at once, and if
 * it has to wait again, it does so with the age that it has.
 */
export class BudgetLine implements Disposable {
  readonly #queue: Pick<WorkQueue, 'add' | 'addFirst'>;
  readonly #clock: Clock;
  readonly #longMs: number;
  readonly #waiting = new Map<string, { readonly waited: Waited; readonly leave: () => void }>();
  #closed = false;

  constructor(queue: Pick<WorkQueue, 'add' | 'addFirst'>, clock: Clock, scale: (ms: number) => number) {
    this.#queue = queue;
    this.#clock = clock;
    this.#longMs = scale(LONG_MS);
  }

  /** The work on this key ends without what it needs. `before`: what it had waited for when it began. */
  wait(key: string, { budget, lane, requests }: Need, before: Waited | undefined): void {
    if (this.#closed) return;
    const since = before?.since ?? this.#clock.monotonic();
    const waited = {
      since,
      long: before?.long ?? false,
      permit: undefined as Permit | undefined,
      [Symbol.dispose]: () => waited.permit?.release(),
    };
    const grant = (permit: Permit): void => {
      waited.permit = permit;
      // Whoever has its turn keeps others from theirs until it is used.
      this.#queue.addFirst(key, lane);
    };
    const tell = (): void => {
      waited.long = true;
      this.#queue.add(key, lane);
    };
    const leave = new DisposableStack();
    if (!waited.long && toldIn.includes(lane)) leave.use(this.#clock.timer(this.#longMs, tell));
    leave.defer(budget.wait({ lane, requests, since, grant }));
    this.#waiting.set(key, { waited, leave: () => leave.dispose() });
  }

  /** The work on this key begins, and it stands in line no more. */
  take(key: string): Waited | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.leave();
    return waiting?.waited;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const key of [...this.#waiting.keys()]) this.take(key)?.[Symbol.dispose]();
  }
}
