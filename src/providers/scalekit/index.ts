import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import { ListPages } from '../list-pages.ts';
import { usualLimits } from '../limits.ts';
import type { ProviderModule } from '../module.ts';
import { capabilities, ScalekitAccount } from './account.ts';
import { schema } from './schema.ts';
import { ManagementToken } from './token.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.scalekit) throw new TypeError('spec.scalekit is not set');
  return spec.scalekit;
};

const baseUrl = (spec: ClusterIdentityProviderSpec): string =>
  fields(spec).environmentUrl.replace(/\/+$/, '');

/** A path belongs to it: behind one gateway there may be several environments. */
const accountId = (spec: ClusterIdentityProviderSpec): string => {
  const { host, pathname } = new URL(baseUrl(spec));
  return `scalekit/${host}${pathname.replace(/\/+$/, '')}`;
};

export const scalekit: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  limits: usualLimits,
  asks: {},
  describe: (spec) => ({
    accountId: accountId(spec),
    baseUrl: baseUrl(spec),
    secretKeyRef: fields(spec).auth.secretKeyRef,
  }),
  connect: (spec, http, credential) => {
    const { clientId } = fields(spec).auth;
    // The schema has checked this too: without a gateway there are both.
    const token = credential && clientId ? new ManagementToken(http, clientId, credential) : undefined;
    const pages = new ListPages(capabilities.pageSize);
    return new ScalekitAccount({ id: accountId(spec), url: baseUrl(spec), http, token, pages });
  },
};
