import { BlockList, isIPv6 } from 'node:net';
import type { Call } from '../provider.ts';
import type { VaultAccount, VaultRole } from './account.ts';
import { VaultFailure } from './errors.ts';
import { fieldsOf, textOf } from './fields.ts';

/** `lease_duration` of a token whose role names none. */
const DEFAULT_LEASE_SECONDS = 2_764_800;

const includes = (cidrs: readonly string[], address: string): boolean => {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    list.addSubnet(network, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
};

const checked = (account: VaultAccount, call: Call): { readonly role: VaultRole; readonly id?: string } => {
  const fields = fieldsOf(call.body);
  const roleId = textOf(fields, 'role_id');
  if (roleId === '') throw new VaultFailure('missing_role_id');
  const role = account.roleOfId(roleId);
  if (role === undefined) throw new VaultFailure('invalid_login');
  if (role.bind_secret_id) {
    const secretId = textOf(fields, 'secret_id');
    if (secretId === '') throw new VaultFailure('missing_secret_id');
    const found = account.alive(role).find(({ secret }) => secret.value === secretId);
    if (found === undefined) throw new VaultFailure('invalid_login');
    return { role, id: found.accessor };
  }
  return { role };
};

export const roleOfLogin = (account: VaultAccount, call: Call): string | undefined =>
  call.body.kind === 'json' && typeof call.body.value === 'object' && call.body.value !== null
    ? account.roleOfId(textOf(call.body.value as Record<string, unknown>, 'role_id'))?.name
    : undefined;

const answer = (
  account: VaultAccount,
  token: { readonly value: string; readonly accessor: string },
  metadata: object,
  policies: readonly string[],
  leaseSeconds: number,
): Record<string, unknown> => ({
  auth: {
    client_token: token.value,
    accessor: token.accessor,
    policies,
    token_policies: policies,
    metadata,
    ...(account.switches.leaseDuration === 'present' && { lease_duration: leaseSeconds }),
    renewable: true,
    token_type: 'service',
  },
});

/** Each one makes a token. */
export const login = (account: VaultAccount, call: Call): Record<string, unknown> => {
  const { role, id } = checked(account, call);
  const address = call.address.replace(/^::ffff:/, '');
  if (role.secret_id_bound_cidrs.length > 0 && !includes(role.secret_id_bound_cidrs, address))
    throw new VaultFailure('bad_cidr', address);
  const ttl = role.token_ttl || role.token_max_ttl || DEFAULT_LEASE_SECONDS;
  const own = role.secretIds.find((one) => one.accessor === id)?.metadata ?? {};
  // They become those of an alias, which takes fewer characters.
  const badKey = Object.keys(own).find((key) => !/^[A-Za-z0-9=/+_-]+$/.test(key));
  if (badKey !== undefined) throw new VaultFailure('bad_key', badKey);
  const { secret, accessor } = account.addToken(role.name, 'api', false, ttl);
  const metadata = { ...own, role_name: role.name };
  const policies = [
    ...new Set([...(role.token_no_default_policy ? [] : ['default']), ...role.token_policies]),
  ];
  return answer(account, { value: secret.value, accessor }, metadata, policies.toSorted(), ttl);
};

/** The operator's own, on a mount of its own. */
export const operatorLogin = (account: VaultAccount, call: Call): Record<string, unknown> => {
  const fields = fieldsOf(call.body);
  if (
    textOf(fields, 'role_id') !== account.operatorRoleId ||
    textOf(fields, 'secret_id') !== account.operatorSecretId
  )
    throw new VaultFailure('invalid_login');
  const ttl = account.switches.managementTokenTtlMs / 1000;
  const { secret, accessor } = account.addToken(null, 'api', true, ttl);
  return answer(account, { value: secret.value, accessor }, { role_name: 'operator' }, ['operator'], ttl);
};

/** What the Kubernetes method is set up with: one role, for tokens with this audience. */
export const kubernetes = {
  mountPath: 'kubernetes',
  role: 'machine-client-operator',
  audience: 'vault',
} as const;

const audiencesIn = (jwt: string): readonly unknown[] => {
  try {
    const { aud } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      readonly aud?: unknown;
    };
    return Array.isArray(aud) ? aud : [aud];
  } catch {
    return [];
  }
};

/** The operator's own with a token of its ServiceAccount. Whom it is for is looked at, and not who has signed it. */
export const kubernetesLogin = (account: VaultAccount, call: Call): Record<string, unknown> => {
  const fields = fieldsOf(call.body);
  const role = textOf(fields, 'role');
  if (role !== kubernetes.role) throw new VaultFailure('invalid_role', role);
  const audiences = audiencesIn(textOf(fields, 'jwt'));
  if (audiences.length === 0) throw new VaultFailure('permission_denied');
  if (!audiences.includes(kubernetes.audience)) throw new VaultFailure('audience_refused');
  const ttl = account.switches.managementTokenTtlMs / 1000;
  const { secret, accessor } = account.addToken(null, 'api', true, ttl);
  return answer(account, { value: secret.value, accessor }, { role }, ['operator'], ttl);
};
