import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import { Secret } from '../../runtime/secret.ts';
import { usualLimits } from '../limits.ts';
import type { ProviderModule } from '../module.ts';
import { capabilities, StytchAccount } from './account.ts';
import { schema } from './schema.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.stytch) throw new TypeError('spec.stytch is not set');
  return spec.stytch;
};

/** https://stytch.com/docs/api: live projects have a host of their own. */
const defaultUrl = (projectId: string): string =>
  projectId.startsWith('project-live-') ? 'https://api.stytch.com' : 'https://test.stytch.com';

const baseUrl = (spec: ClusterIdentityProviderSpec): string =>
  fields(spec).baseUrl ?? defaultUrl(fields(spec).projectId);

export const stytch: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  limits: usualLimits,
  asks: {},
  describe: (spec) => ({
    accountId: `stytch/${fields(spec).projectId}`,
    baseUrl: baseUrl(spec),
    secretKeyRef: fields(spec).auth.secretKeyRef,
  }),
  connect: (spec, http, credential) => {
    const { projectId } = fields(spec);
    // HTTP Basic, RFC 7617: user is the project id, password the project secret.
    const authorization =
      credential &&
      new Secret(`Basic ${Buffer.from(`${projectId}:${credential.reveal()}`, 'utf8').toString('base64')}`);
    return new StytchAccount(projectId, baseUrl(spec), authorization, http);
  },
};
