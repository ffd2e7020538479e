import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import type { Secret } from '../../runtime/secret.ts';
import { usualLimits } from '../limits.ts';
import type { OwnToken, ProviderModule } from '../module.ts';
import { capabilities, VaultAppRoleAccount } from './account.ts';
import type { Login } from './login.ts';
import { schema } from './schema.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.vaultAppRole) throw new TypeError('spec.vaultAppRole is not set');
  return spec.vaultAppRole;
};

const address = (spec: ClusterIdentityProviderSpec): string => fields(spec).address.replace(/\/+$/, '');

/** The mount, in its namespace: each has roles of its own. A path belongs to it, for one gateway may have several servers. */
const accountId = (spec: ClusterIdentityProviderSpec): string => {
  const { namespace, mountPath } = fields(spec);
  const { host, pathname } = new URL(address(spec));
  const server = `${host}${pathname.replace(/\/+$/, '')}`;
  return ['vaultapprole', server, ...(namespace ? [namespace] : []), mountPath].join('/');
};

const loginOf = (
  spec: ClusterIdentityProviderSpec,
  credential: Secret | undefined,
  ownToken: OwnToken | undefined,
): Login => {
  const { auth, mountPath } = fields(spec);
  if (auth.type === 'Kubernetes') {
    // Never without a login: what answers then is a gateway's.
    if (!ownToken || auth.role === undefined) throw new TypeError('a login with a token needs the token');
    return { kind: 'kubernetes', mount: auth.mountPath ?? 'kubernetes', role: auth.role, ownToken };
  }
  if (!credential) return { kind: 'gateway' };
  return auth.type === 'AppRole' && auth.roleId !== undefined
    ? { kind: 'role', mount: auth.mountPath ?? mountPath, roleId: auth.roleId, secretId: credential }
    : { kind: 'token', token: credential };
};

export const vaultapprole: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  limits: usualLimits,
  asks: {
    bounded: ({ vaultAppRole: member }) => ({ tokenPolicies: member?.tokenPolicies }),
  },
  describe: (spec) => ({
    accountId: accountId(spec),
    baseUrl: address(spec),
    secretKeyRef: fields(spec).auth.secretKeyRef,
    ...(fields(spec).auth.type === 'Kubernetes' && { tokenAudience: fields(spec).auth.audience ?? '' }),
  }),
  connect: (spec, http, credential, _random, ownToken) =>
    new VaultAppRoleAccount(
      {
        id: accountId(spec),
        address: address(spec),
        namespace: fields(spec).namespace,
        mountPath: fields(spec).mountPath,
        login: loginOf(spec, credential, ownToken),
      },
      http,
    ),
};
