import { createHash } from 'node:crypto';
import type { Provider } from '../api/objects.ts';
import type { Connection } from '../providers/connection.ts';
import type { OwnToken, ProviderModule } from '../providers/module.ts';
import type { Secret } from '../runtime/secret.ts';

/** What the references of a provider object say now. */
export interface Login {
  readonly connection: Connection;
  readonly credential: Secret | undefined;
  /** The operator logs in with a token of its own ServiceAccount. */
  readonly ownToken?: OwnToken | undefined;
}

/** A management credential, or a header whose value is in a Secret: only who may read that has the same login. */
const hasSecret = (
  { connection }: NonNullable<Provider['spec']>,
  { credential, connection: read }: Login,
): boolean =>
  (credential?.reveal() ?? '') !== '' ||
  (connection.headers ?? []).some(
    ({ valueFrom }, index) => valueFrom !== undefined && read.headers[index]?.value.reveal() !== '',
  );

export const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('base64url').slice(0, 22);

/**
 * Objects share a pool when they name the same account at the same place with the same login: whoever only claims to be
 * an account must not see or slow those who are. The network path counts too, so that a new proxy or certificate
 * authority is tried, by a first answer, before anybody relies on it.
 */
export const accountKey = (
  key: string,
  spec: NonNullable<Provider['spec']>,
  module: ProviderModule,
  login: Login,
): string => {
  const { accountId, baseUrl } = module.describe(spec);
  const { proxyUrl = '', ca = [] } = login.connection;
  const secrets = [
    login.credential?.reveal() ?? '',
    ...login.connection.headers.map(({ name, value }) => `${name}:${value.reveal()}`),
  ];
  // Where nothing secret is sent, everybody knows the login: then it is shared with nobody. Nor is what the operator's own
  // token opens: nobody knows that, so whoever has a header of the same value is none the nearer to it.
  const alone = login.ownToken === undefined && hasSecret(spec, login) ? [] : [key];
  return digest(accountId, baseUrl, proxyUrl, ca.at(-1) ?? '', ...secrets, ...alone);
};
