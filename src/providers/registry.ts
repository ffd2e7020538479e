import type * as z from 'zod';
import { ownValue } from '../runtime/own.ts';
import type { ProviderModule } from './module.ts';
import { authress } from './authress/index.ts';
import { keycloak } from './keycloak/index.ts';
import { plastiq } from './plastiq/index.ts';
import { scalekit } from './scalekit/index.ts';
import { stytch } from './stytch/index.ts';
import { vaultapprole } from './vaultapprole/index.ts';

/** By the value of `spec.type`. A new provider is one folder, and one line here. */
export const registry = {
  Stytch: stytch,
  Scalekit: scalekit,
  Authress: authress,
  Plastiq: plastiq,
  VaultAppRole: vaultapprole,
  Keycloak: keycloak,
};

type Registry = typeof registry;
export type ProviderType = keyof Registry;
export const providerTypes = Object.keys(registry) as [ProviderType, ...ProviderType[]];

/** An object of a newer operator may have a type that this one does not know. */
export const moduleOf = (type: string): ProviderModule | undefined =>
  ownValue<ProviderModule>(registry, type);

/** What the providers add to the spec of an IdentityProvider, and to that of a MachineClient. */
export type AccountMembers = {
  [T in ProviderType as Registry[T]['schema']['member']]: z.ZodOptional<Registry[T]['schema']['account']>;
};
type ClusterAccountOf<T extends ProviderType> = Registry[T]['schema'] extends {
  readonly clusterAccount: infer C extends z.ZodType;
}
  ? C
  : Registry[T]['schema']['account'];
/** … and to that of a ClusterIdentityProvider. */
export type ClusterAccountMembers = {
  [T in ProviderType as Registry[T]['schema']['member']]: z.ZodOptional<ClusterAccountOf<T>>;
};
/** Only of those that have one. */
type ClientOf<T extends ProviderType> = Registry[T]['schema'] extends {
  readonly client: infer C extends z.ZodType;
}
  ? C
  : never;
export type ClientMembers = {
  [T in ProviderType as [ClientOf<T>] extends [never]
    ? never
    : Registry[T]['schema']['member']]: z.ZodOptional<ClientOf<T>>;
};
