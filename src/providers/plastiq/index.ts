import type { ClusterIdentityProviderSpec } from '../../api/schema/identity-provider.ts';
import { usualLimits } from '../limits.ts';
import type { ProviderModule } from '../module.ts';
import { capabilities, PlastiqAccount } from './account.ts';
import { schema } from './schema.ts';
import { traceId } from './trace-id.ts';

const fields = (spec: ClusterIdentityProviderSpec) => {
  // The schema has checked it: exactly the member of the type is set.
  if (!spec.plastiq) throw new TypeError('spec.plastiq is not set');
  return spec.plastiq;
};

const defaultUrls = {
  Sandbox: 'https://connect.sandbox.plastiq.com/api',
  Production: 'https://connect.plastiq.com/api',
} as const;

const accountId = (spec: ClusterIdentityProviderSpec): string =>
  `plastiq/${fields(spec).environment.toLowerCase()}`;

const baseUrl = (spec: ClusterIdentityProviderSpec): string =>
  fields(spec).baseUrl ?? defaultUrls[fields(spec).environment];

export const plastiq: ProviderModule<typeof schema> = {
  schema,
  capabilities,
  limits: usualLimits,
  asks: {
    bounded: ({ plastiq: member }) => (member?.payerId === undefined ? {} : { payerIds: [member.payerId] }),
  },
  describe: (spec) => ({
    accountId: accountId(spec),
    baseUrl: baseUrl(spec),
    secretKeyRef: fields(spec).auth.secretKeyRef,
  }),
  connect: (spec, http, credential, random) =>
    new PlastiqAccount(accountId(spec), baseUrl(spec), credential, http, () => traceId(random)),
};
