import { parseDuration } from '../../api/durations.ts';
import type { EntryField } from '../../api/schema/machine-client-secret.ts';
import type { Entries, Refusal, UpstreamClient, Wish } from '../provider.ts';
import { isRoleName, roleIdOf } from './marking.ts';
import { lifetimeMsOf, tokenPoliciesField } from './powers.ts';
import { roleOf, specificOf, type Role } from './wire.ts';

const unsupported = (message: string): Refusal => ({ reason: 'FieldNotSupported', message });

/** What a secret id has not. */
const ofOthers: readonly EntryField[] = ['PrivateKey', 'AccessKey', 'TokenURL', 'Scopes'];

const entriesUnfit = ({ spec }: Wish): Refusal | undefined => {
  const entries = spec.secret.entries ?? [];
  const foreign = entries.findIndex(({ field }) => ofOthers.includes(field));
  if (foreign >= 0)
    return unsupported(
      `spec.secret.entries[${foreign}].field ${entries[foreign]?.field} means nothing to VaultAppRole; remove it`,
    );
  const fields = new Set(entries.map(({ field }) => field));
  return fields.has('RoleID') && !fields.has('ClientSecret')
    ? unsupported(
        'spec.secret.entries has RoleID and no ClientSecret: a role_id alone opens nothing; add ClientSecret',
      )
    : undefined;
};

const nameUnfit = ({ spec }: Wish): Refusal | undefined => {
  const { clientId } = spec;
  if (clientId === undefined) return undefined;
  if (spec.managementPolicy === 'Manage')
    return unsupported(
      'spec.clientId names a role of somebody else, and a role of Vault cannot be marked later: set spec.managementPolicy to CredentialsOnly, or remove spec.clientId, and the operator makes a role of its own',
    );
  return isRoleName(clientId)
    ? undefined
    : unsupported(
        'spec.clientId is no name of a role as Vault keeps it: lower-case letters, digits, and _ . - between them',
      );
};

/** Seconds; undefined: the field is left out. */
const secondsOf = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : parseDuration(duration) / 1000;

const lifetimesUnfit = ({ spec }: Wish): Refusal | undefined => {
  const [ttl, most] = [secondsOf(spec.vaultAppRole?.tokenTTL), secondsOf(spec.accessTokenLifetime)];
  for (const [field, seconds] of [
    ['spec.vaultAppRole.tokenTTL', ttl],
    ['spec.accessTokenLifetime', most],
  ] as const)
    if (seconds !== undefined && !(Number.isInteger(seconds) && seconds > 0))
      return unsupported(`${field} must be whole seconds, and at least one: Vault counts in seconds`);
  return ttl !== undefined && most !== undefined && ttl > most
    ? unsupported(
        'spec.vaultAppRole.tokenTTL is longer than spec.accessTokenLifetime; Vault takes no more than that',
      )
    : undefined;
};

/** Of a role of somebody else: each proof would spend one use of a secret id. */
const usesUnfit = (client: UpstreamClient | undefined): Refusal | undefined => {
  const uses = client && specificOf(client).role?.secret_id_num_uses;
  return client && !client.mark && uses
    ? unsupported(
        `a secret id of the role ${client.id} works ${uses} times and then never again (secret_id_num_uses); set that to 0 at Vault`,
      )
    : undefined;
};

export const refuse = (wish: Wish, client?: UpstreamClient): Refusal | undefined => {
  const { spec } = wish;
  if (spec.state === 'Inactive')
    return unsupported('spec.state Inactive means nothing to VaultAppRole; remove it');
  if (spec.vaultAppRole?.tokenPolicies?.includes('root'))
    return unsupported('spec.vaultAppRole.tokenPolicies names root, which Vault gives to no role; remove it');
  if (spec.deletionPolicy === 'Retain' && spec.managementPolicy === 'Manage')
    return unsupported(
      'spec.deletionPolicy Retain cannot be had: the mark of a role is its name, which stays; set it to Delete, or let somebody else make the role and set spec.managementPolicy to CredentialsOnly',
    );
  return entriesUnfit(wish) ?? nameUnfit(wish) ?? lifetimesUnfit(wish) ?? usesUnfit(client);
};

/** `shown`: as `roleOf` makes it. */
const same = (
  field: 'token_policies' | 'token_bound_cidrs' | 'secret_id_bound_cidrs',
  wanted: readonly string[],
  shown: Role,
): boolean => roleOf({ [field]: wanted })[field].join() === shown[field].join();

/** Whatever the spec says: a login needs a secret id, and how long that is good is for the operator to say. */
const ALWAYS = { bind_secret_id: true, secret_id_num_uses: 0, secret_id_ttl: 0 } as const;

const isAsAlways = (role: Role): boolean =>
  Object.entries(ALWAYS).every(([name, value]) => role[name as keyof typeof ALWAYS] === value);

export const differences = ({ spec, mark }: Wish, client: UpstreamClient): readonly string[] => {
  const { role } = specificOf(client);
  const names: string[] = [];
  if (role) {
    const { tokenPolicies, tokenTTL, boundCIDRs, secretIDBoundCIDRs } = spec.vaultAppRole ?? {};
    if (tokenPolicies && !same('token_policies', tokenPolicies, role)) names.push(tokenPoliciesField);
    if (tokenTTL !== undefined && secondsOf(tokenTTL) !== role.token_ttl) names.push('vaultAppRole.tokenTTL');
    if (boundCIDRs && !same('token_bound_cidrs', boundCIDRs, role)) names.push('vaultAppRole.boundCIDRs');
    if (secretIDBoundCIDRs && !same('secret_id_bound_cidrs', secretIDBoundCIDRs, role))
      names.push('vaultAppRole.secretIDBoundCIDRs');
    const lifetime = spec.accessTokenLifetime;
    if (lifetime !== undefined && parseDuration(lifetime) !== lifetimeMsOf(role))
      names.push('accessTokenLifetime');
    if (!isAsAlways(role)) names.push('the limits of secret ids');
  }
  if (client.mark?.full !== mark.full) names.push('mark');
  return names;
};

/** All that the spec manages. Vault keeps what a call leaves out. */
export const roleBody = (
  { spec, mark }: Wish,
  name: string,
): Partial<Role> & { readonly role_id: string } => {
  const { tokenPolicies, tokenTTL, boundCIDRs, secretIDBoundCIDRs } = spec.vaultAppRole ?? {};
  const most = secondsOf(spec.accessTokenLifetime);
  return {
    role_id: roleIdOf(mark, name),
    ...ALWAYS,
    ...(tokenPolicies && { token_policies: tokenPolicies }),
    ...(tokenTTL !== undefined && { token_ttl: secondsOf(tokenTTL) ?? 0 }),
    // One that is renewed for ever, or has another end, would not end then.
    ...(most !== undefined && { token_max_ttl: most, token_explicit_max_ttl: 0, token_period: 0 }),
    ...(boundCIDRs && { token_bound_cidrs: boundCIDRs }),
    ...(secretIDBoundCIDRs && { secret_id_bound_cidrs: secretIDBoundCIDRs }),
  };
};

/** The role as it is shown after such a call. */
export const written = (present: Role | undefined, body: Partial<Role>): Role =>
  roleOf({ ...present, ...body });

const entries: Entries = [
  { key: 'role-id', field: 'RoleID' },
  { key: 'secret-id', field: 'ClientSecret' },
  { key: 'vault-addr', field: 'Issuer' },
];
export const defaultEntries = (): Entries => entries;
