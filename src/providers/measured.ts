import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from './outcome.ts';
import type {
  Account,
  AdditiveCalls,
  ClientCalls,
  EphemeralCalls,
  StagedCalls,
  TwoPhaseCalls,
} from './provider.ts';

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
const operations = new Set<string | symbol>([
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
  'read',
  'turn',
  'drop',
  'remove',
  'release',
  'prove',
] satisfies readonly Operation[]);
type Operation = keyof (Account & ClientCalls & AdditiveCalls & TwoPhaseCalls & StagedCalls & EphemeralCalls);
/** The groups in which they stand. */
const groups = new Set<string | symbol>([
  'clients',
  'additive',
  'twoPhase',
  'staged',
  'ephemeral',
] satisfies readonly (keyof Account)[]);

const statusOf = (outcome: Outcome<unknown>): string => {
  if (outcome.kind === 'ok') return '2xx';
  const { status } = outcome.error;
  return status === 0 ? 'none' : `${Math.floor(status / 100)}xx`;
};

type Method = (...args: readonly unknown[]) => Promise<Outcome<unknown>>;

/** The same account, which tells of each call that it makes. Calls that were kept back here are not told. */
export const measured = (account: Account, clock: Clock, onCall: (call: UpstreamCall) => void): Account => {
  const told =
    (operation: string, method: Method): Method =>
    async (...args) => {
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
  // Made when it is asked for: an account within an organization is made for each look at an object.
  const wrapped = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, key) => {
        if (key === 'within')
          return (organization: string) => measured(account.within(organization), clock, onCall);
        const value: unknown = Reflect.get(target, key, target);
        if (groups.has(key)) return typeof value === 'object' && value !== null ? wrapped(value) : undefined;
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as Method;
        return operations.has(key) ? told(String(key), method) : method;
      },
    });
  return wrapped(account);
};
