import type { Budget, Permit } from '../runtime/budget.ts';
import type { Inventory } from './inventory.ts';
import type { Outcome } from './outcome.ts';
import type { Account, AdditiveCalls, Call, ClientCalls, EphemeralCalls, TwoPhaseCalls } from './provider.ts';

/** A call that the account's budget has permitted. */
export interface PermittedCall extends Call {
  readonly permit: Permit;
}

/** The account as those see it who share its budget: nothing can be asked of it without a permit. */
type Budgeted<A> = {
  readonly [K in keyof A]: A[K] extends (...args: [...infer Rest, Call]) => infer R
    ? (...args: [...Rest, PermittedCall]) => R
    : A[K] extends ClientCalls | AdditiveCalls | TwoPhaseCalls | EphemeralCalls | undefined
      ? Budgeted<A[K]>
      : A[K];
};

/** An account in use, or one organization of it: what all of its callers share. */
export interface Connected {
  readonly account: Budgeted<Account>;
  readonly budget: Budget;
  readonly inventory: Inventory;
  readonly requestTimeoutMs: number;
  /** Called with every outcome: 429 slows the account, errors open its breaker, 401 stops it. */
  readonly report: (outcome: Outcome<unknown>) => void;
  /** Asks for a sweep that begins after this moment of the wall clock; its end wakes whoever waits. */
  readonly requestSweep: (after: number) => void;
}
