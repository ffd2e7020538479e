import type { Logger } from 'pino';
import type { Limits } from '../runtime/request-limits.ts';
import type { Account } from './provider.ts';

/** One provider object that stands for the account. */
export interface Member {
  readonly account: Account;
  readonly limits: Limits;
  readonly resyncMs: number;
  readonly requestTimeoutMs: number;
}

const lower = (a: Limits, b: Limits): Limits => ({
  requestsPerMinute: Math.min(a.requestsPerMinute, b.requestsPerMinute),
  burst: Math.min(a.burst, b.burst),
  concurrency: Math.min(a.concurrency, b.concurrency),
});

/** The provider objects that stand for one account. */
export class Members {
  readonly #members = new Map<string, Member>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get size(): number {
    return this.#members.size;
  }

  get(key: string): Member | undefined {
    return this.#members.get(key);
  }

  set(key: string, member: Member): void {
    this.#close(key);
    this.#members.set(key, member);
  }

  delete(key: string): void {
    this.#close(key);
    this.#members.delete(key);
  }

  /** Every member stands for the same account: whichever it is. */
  get account(): Account | undefined {
    const [member] = this.#members.values();
    return member?.account;
  }

  /** As often as the most eager of them wants it. */
  get resyncMs(): number {
    return Math.min(...[...this.#members.values()].map((one) => one.resyncMs));
  }

  /** The lower ones win. */
  get limits(): Limits | undefined {
    const [first, ...others] = [...this.#members.values()].map((member) => member.limits);
    return first && others.reduce(lower, first);
  }

  /** Its connections end when what is under way on them has ended. */
  #close(key: string): void {
    this.#members
      .get(key)
      ?.account.close()
      .catch((error: unknown) => this.#log.debug({ err: error }, 'an account did not close'));
  }
}
