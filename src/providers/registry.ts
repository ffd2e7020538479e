import type { ClusterIdentityProviderSpec, ProviderType } from '../api/schema/identity-provider.ts';
import type { Limits } from '../runtime/budget.ts';
import type { Secret } from '../runtime/secret.ts';
import type { ProviderHttp } from './http.ts';
import type { Account, Capabilities } from './provider.ts';
import { authress } from './authress/index.ts';
import { plastiq } from './plastiq/index.ts';
import { scalekit } from './scalekit/index.ts';
import { stytch } from './stytch/index.ts';

/** What a provider's folder exports. */
export interface ProviderModule {
  readonly capabilities: Capabilities;
  /** What an account may be asked, as far as `spec.limits` does not say it. */
  readonly limits: Limits;
  /** What can be said of the account before it is connected. */
  describe(spec: ClusterIdentityProviderSpec): {
    readonly accountId: string;
    readonly baseUrl: string;
    /** Undefined: a gateway logs in. */
    readonly secretKeyRef: { readonly name: string; readonly key: string } | undefined;
  };
  connect(
    spec: ClusterIdentityProviderSpec,
    http: ProviderHttp,
    credential: Secret | undefined,
    random: () => number,
  ): Account;
}

/** A new provider is one folder, and one line here. */
export const providers: Partial<Record<ProviderType, ProviderModule>> = {
  Stytch: stytch,
  Scalekit: scalekit,
  Authress: authress,
  Plastiq: plastiq,
};
