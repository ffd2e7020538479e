import type { IssuedSecret, PlastiqAccount } from './account.ts';
import { credentialsOf } from './console.ts';

export interface PlastiqState {
  readonly credentials: { readonly apiKey: string; readonly payerId: string };
  /** In the order of creation. */
  readonly payers: readonly { readonly id: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export const stateOf = (account: PlastiqAccount): PlastiqState => ({
  credentials: credentialsOf(account),
  payers: [...account.payers.values()].map(({ id, fields }) => ({ id, fields: structuredClone(fields) })),
});

export const secretsOf = (account: PlastiqAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
