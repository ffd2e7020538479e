import type {
  Account,
  AdditiveCalls,
  ClientCalls,
  EphemeralCalls,
  StagedCalls,
  TwoPhaseCalls,
} from '../../src/providers/provider.ts';

/** All calls of an account in one: for tests, which know what their provider has. */
export type FlatAccount = Omit<Account, 'within'> & {
  within(organization: string): FlatAccount;
} & Required<Pick<Account, 'check'>> &
  ClientCalls &
  AdditiveCalls &
  TwoPhaseCalls &
  StagedCalls &
  EphemeralCalls;

/** What it has not is undefined there, too. */
export const flat = (account: Account): FlatAccount =>
  new Proxy(account, {
    get: (target, key) => {
      const { clients, additive, twoPhase, staged, ephemeral } = target;
      for (const part of [target, clients, additive, twoPhase, staged, ephemeral]) {
        const value: unknown = part && Reflect.get(part, key, part);
        if (key === 'within') return (organization: string) => flat(target.within(organization));
        if (value !== undefined) return typeof value === 'function' ? (value.bind(part) as unknown) : value;
      }
      return undefined;
    },
  }) as FlatAccount;
