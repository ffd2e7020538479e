import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import type { Secret } from '../../runtime/secret.ts';
import type { MakePrivateKey } from '../key-pairs.ts';
import { usualLimits } from '../limits.ts';
import { ListPages } from '../list-pages.ts';
import type { ProviderModule } from '../module.ts';
import { capabilities, KeycloakAccount, type Realm } from './account.ts';
import { schema } from './schema.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.keycloak) throw new TypeError('spec.keycloak is not set');
  return spec.keycloak;
};

const baseUrl = (spec: ClusterIdentityProviderSpec): string => fields(spec).baseUrl.replace(/\/+$/, '');

/** A path belongs to it, for one gateway may have several servers. */
const accountId = (spec: ClusterIdentityProviderSpec): string => {
  const { host, pathname } = new URL(baseUrl(spec));
  return `keycloak/${host}${pathname.replace(/\/+$/, '')}/${fields(spec).realm}`;
};

const makePrivateKey: MakePrivateKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** What an account is connected by, but for its connection. */
export const realmOf = (
  spec: ClusterIdentityProviderSpec,
  credential: Secret | undefined,
  random: () => number,
): Realm => {
  const { realm, auth } = fields(spec);
  // The schema has checked this too: without a gateway there are both.
  const login =
    credential && auth.clientId !== undefined
      ? { realm: auth.realm ?? realm, clientId: auth.clientId, secret: credential }
      : undefined;
  return {
    id: accountId(spec),
    baseUrl: baseUrl(spec),
    realm,
    login,
    makePrivateKey,
    randomText: () => randomBytes(32).toString('base64url'),
    random,
    pages: new ListPages(capabilities.pageSize),
  };
};

export const keycloak: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  limits: usualLimits,
  asks: {},
  describe: (spec) => ({
    accountId: accountId(spec),
    baseUrl: baseUrl(spec),
    secretKeyRef: fields(spec).auth.secretKeyRef,
  }),
  connect: (spec, http, credential, random) => new KeycloakAccount(realmOf(spec, credential, random), http),
};
