import type * as z from 'zod';

/** What a provider adds to the kinds: a member of its name, with all that is particular to it. */
export interface ProviderSchema {
  readonly member: string;
  /** Of IdentityProvider and ClusterIdentityProvider: which account it is, and how to log in. */
  readonly account: z.ZodType;
  /** Of ClusterIdentityProvider, where only that one may have all of it: what is left out is the same. */
  readonly clusterAccount?: z.ZodType;
  /** Of MachineClient, where a client has something that no other provider has. What others have, too, is a field of all. */
  readonly client?: z.ZodType;
}

/** Keeps the types of the members, which the types of the kinds are made of. */
export const providerSchema = <const S extends ProviderSchema>(schema: S): S => schema;
