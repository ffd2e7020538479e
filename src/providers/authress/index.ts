import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import type { Secret } from '../../runtime/secret.ts';
import type { ProviderModule } from '../module.ts';
import { makePrivateKey, parseAccessKey } from './access-key.ts';
import { AuthressAccount, capabilities, type Login } from './account.ts';
import { rightOf } from './powers.ts';
import { schema } from './schema.ts';
import { ManagementToken } from './signing.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.authress) throw new TypeError('spec.authress is not set');
  return spec.authress;
};

const idOf = (spec: ClusterIdentityProviderSpec): string => {
  const { accountId, baseUrl } = fields(spec);
  // The access key names the account too, but it is not known before the account is connected.
  return `authress/${accountId ?? (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl)}`;
};

const form = 'the management credential must be an access key: clientId.keyId.accountId.privateKey';

const loginOf = (
  spec: ClusterIdentityProviderSpec,
  now: () => number,
  credential: Secret | undefined,
): { readonly login: Login; readonly accountId: string | undefined } => {
  const { baseUrl, accountId } = fields(spec);
  if (!credential) return { login: { kind: 'gateway' }, accountId };
  const key = parseAccessKey(credential);
  if (!key) return { login: { kind: 'unusable', message: `Authress: ${form}` }, accountId };
  if (accountId !== undefined && accountId !== key.accountId) {
    const message = `Authress: the access key is not of the account ${accountId}, which spec.authress.accountId names`;
    return { login: { kind: 'unusable', message }, accountId };
  }
  const token = new ManagementToken(key, baseUrl, now);
  return { login: { kind: 'key', clientId: key.clientId, token }, accountId: key.accountId };
};

export const authress: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  // The slowest of its documented tiers that our calls may be in allows one a second (docs/providers/authress.md, wire facts).
  limits: { requestsPerMinute: 60, burst: 3, concurrency: 2 },
  asks: { impersonation: ({ authress: member }) => rightOf(member?.options)?.field },
  describe: (spec) => ({
    accountId: idOf(spec),
    baseUrl: fields(spec).baseUrl,
    secretKeyRef: fields(spec).auth.secretKeyRef,
  }),
  connect: (spec, http, credential) =>
    new AuthressAccount(
      {
        id: idOf(spec),
        baseUrl: fields(spec).baseUrl,
        ...loginOf(spec, () => http.now(), credential),
        makePrivateKey,
      },
      http,
    ),
};
