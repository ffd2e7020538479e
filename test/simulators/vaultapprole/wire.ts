import type { VaultAccount, VaultRole, VaultSecretId } from './account.ts';

/** Every success has these beside its data. */
export const withData = (data: object): Record<string, unknown> => ({
  request_id: '',
  lease_id: '',
  renewable: false,
  lease_duration: 0,
  data,
  wrap_info: null,
  warnings: null,
  auth: null,
});

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** There is no description, and nothing that a caller might write as one. */
export const roleToWire = (account: VaultAccount, role: VaultRole): Record<string, unknown> => ({
  bind_secret_id: role.bind_secret_id,
  local_secret_ids: false,
  // Without any they are null, and those of its tokens an empty list.
  secret_id_bound_cidrs: role.secret_id_bound_cidrs.length > 0 ? role.secret_id_bound_cidrs : null,
  secret_id_num_uses: role.secret_id_num_uses,
  secret_id_ttl: role.secret_id_ttl,
  token_bound_cidrs: role.token_bound_cidrs,
  token_explicit_max_ttl: role.token_explicit_max_ttl,
  token_max_ttl: role.token_max_ttl,
  token_no_default_policy: role.token_no_default_policy,
  token_num_uses: role.token_num_uses,
  token_period: role.token_period,
  token_policies:
    account.switches.policyOrder === 'written' ? role.token_policies : role.token_policies.toSorted(),
  token_ttl: role.token_ttl,
  token_type: role.token_type,
});

export const newSecretIdToWire = ({ secret, accessor, ttlSeconds }: VaultSecretId, role: VaultRole) => ({
  secret_id: secret.value,
  secret_id_accessor: accessor,
  secret_id_num_uses: role.secret_id_num_uses,
  secret_id_ttl: ttlSeconds,
});

export const secretIdToWire = (
  account: VaultAccount,
  { accessor, metadata, createdAt, microseconds, expiresAt, ttlSeconds }: VaultSecretId,
  role: VaultRole,
): Record<string, unknown> => ({
  cidr_list: [],
  creation_time: time(createdAt).replace('Z', `${String(microseconds).padStart(3, '0')}000Z`),
  ...((expiresAt !== null || account.switches.endlessExpiry === 'year-one') && {
    expiration_time: expiresAt === null ? '0001-01-01T00:00:00Z' : time(expiresAt),
  }),
  last_updated_time: time(createdAt),
  metadata,
  secret_id_accessor: accessor,
  secret_id_num_uses: role.secret_id_num_uses,
  secret_id_ttl: ttlSeconds,
  token_bound_cidrs: [],
});
