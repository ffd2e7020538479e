import type { Budget } from '../runtime/budget.ts';
import type { Inventory } from './inventory.ts';
import type { Outcome } from './outcome.ts';
import type { Account } from './provider.ts';

/** An account in use, or one organization of it: what all of its callers share. */
export interface Connected {
  readonly account: Account;
  readonly budget: Budget;
  readonly inventory: Inventory;
  readonly requestTimeoutMs: number;
  /** Called with every outcome: 429 slows the account, errors open its breaker, 401 stops it. */
  readonly report: (outcome: Outcome<unknown>) => void;
  /** Asks for a sweep that begins after this moment of the wall clock; its end wakes whoever waits. */
  readonly requestSweep: (after: number) => void;
}
