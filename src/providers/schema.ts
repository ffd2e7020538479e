import type * as z from 'zod';
import type { Rule } from '../api/schema/fields.ts';

/** What a provider adds to the kinds: a member of its name, with all that is particular to it. */
export interface ProviderSchema<
  Member extends string = string,
  Account extends z.ZodType = z.ZodType,
  Client extends z.ZodType = z.ZodType,
> {
  readonly member: Member;
  /** Of IdentityProvider and ClusterIdentityProvider: which account it is, and how to log in. */
  readonly account: Account;
  /** Of MachineClient. */
  readonly client: Client;
  /** Rules over the spec of a MachineClient. */
  readonly clientRules?: readonly Rule[];
  /** Rules over the whole MachineClient, for what is compared with the stored one. */
  readonly rootRules?: readonly Rule[];
}

/** Keeps the types of the members, which the types of the kinds are made of. */
export const providerSchema = <M extends string, A extends z.ZodType, C extends z.ZodType>(
  schema: ProviderSchema<M, A, C>,
): ProviderSchema<M, A, C> => schema;
