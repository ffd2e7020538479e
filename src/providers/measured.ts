import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from './outcome.ts';
import type { Account } from './provider.ts';

/** A call of the port that went to a provider, and what came of it. */
export interface UpstreamCall {
  /** The type of the provider. */
  readonly provider: string;
  /** As the port calls it: `create`, `mint`, `list`, … */
  readonly operation: string;
  /** `2xx`, the class of another HTTP status, or `none` without an answer. */
  readonly status: string;
  readonly seconds: number;
}

/** Every method of the port that asks the provider. */
const operations = [
  'check',
  'list',
  'get',
  'create',
  'update',
  'mint',
  'issue',
  'retire',
  'promote',
  'cancel',
  'remove',
  'release',
  'prove',
] as const satisfies readonly (keyof Account)[];

const isOperation = (key: string | symbol): key is (typeof operations)[number] =>
  (operations as readonly (string | symbol)[]).includes(key);

const statusOf = (outcome: Outcome<unknown>): string => {
  if (outcome.kind === 'ok') return '2xx';
  const { status } = outcome.error;
  return status === 0 ? 'none' : `${Math.floor(status / 100)}xx`;
};

/** The same account, which tells of each call that it makes. Calls that were kept back here are not told. */
export const measured = (account: Account, clock: Clock, onCall: (call: UpstreamCall) => void): Account => {
  const own = (operation: (typeof operations)[number]) => {
    const method = account[operation].bind(account) as (
      ...args: readonly unknown[]
    ) => Promise<Outcome<unknown>>;
    return async (...args: readonly unknown[]): Promise<Outcome<unknown>> => {
      const begun = clock.monotonic();
      const outcome = await method(...args);
      if (outcome.kind === 'ok' || !outcome.error.withheld)
        onCall({
          provider: account.type,
          operation,
          status: statusOf(outcome),
          seconds: (clock.monotonic() - begun) / 1000,
        });
      return outcome;
    };
  };
  // Made when it is asked for: an account within an organization is made for each look at an object.
  return new Proxy(account, {
    get: (target, key) => {
      if (isOperation(key)) return own(key);
      if (key === 'within')
        return (organization: string) => measured(target.within(organization), clock, onCall);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
};
