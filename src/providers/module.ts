import type { ClusterIdentityProviderSpec } from '../api/schema/identity-provider.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Limits } from '../runtime/request-limits.ts';
import type { Secret } from '../runtime/secret.ts';
import type { ProviderHttp } from './http.ts';
import type { Outcome } from './outcome.ts';
import type { Account, Call, Capabilities } from './provider.ts';
import type { ProviderSchema } from './schema.ts';

/** A key of a Secret or ConfigMap in the namespace of the object that names it. */
interface KeyRef {
  readonly name: string;
  readonly key: string;
}

/**
 * What a MachineClient asks for in the provider's own member, as far as the rest of the operator has to know it. Each is
 * a function of the spec, and not there where the provider has no such thing.
 */
export interface Asks {
  /** The field, by its path below `spec`, that gives the client a right over all users of the account. */
  impersonation?(spec: MachineClientSpec): string | undefined;
  /** Values for which clientPolicy has a list. */
  bounded?(spec: MachineClientSpec): Bounded;
}

/** By the list of clientPolicy that bounds them. */
export interface Bounded {
  readonly payerIds?: readonly string[] | undefined;
  readonly tokenPolicies?: readonly string[] | undefined;
}

/** Brings a token of the operator's own ServiceAccount, for the one audience that `describe` names. */
export type OwnToken = (call: Call) => Promise<Outcome<Secret>>;

/** What a provider's folder exports. */
export interface ProviderModule<Schema extends ProviderSchema = ProviderSchema> {
  readonly schema: Schema;
  readonly capabilities: Capabilities;
  /** What an account may be asked, as far as `spec.limits` does not say it. */
  readonly limits: Limits;
  readonly asks: Asks;
  /** What can be said of the account before it is connected. */
  describe(spec: ClusterIdentityProviderSpec): {
    readonly accountId: string;
    readonly baseUrl: string;
    /** Undefined: a gateway logs in, or the operator with a token of its own. */
    readonly secretKeyRef: KeyRef | undefined;
    /** For whom the token is with which the operator logs in, where that is one of its own ServiceAccount. */
    readonly tokenAudience?: string | undefined;
  };
  connect(
    spec: ClusterIdentityProviderSpec,
    http: ProviderHttp,
    credential: Secret | undefined,
    random: () => number,
    ownToken?: OwnToken,
  ): Account;
}
