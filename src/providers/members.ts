import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Asks, Bounded, ProviderModule } from './module.ts';
import type { Account, Refusal, UpstreamClient, Wish } from './provider.ts';
import { moduleOf, registry } from './registry.ts';

const modules: readonly ProviderModule[] = Object.values(registry);

/** At most one member is set, so at most one provider has an answer. */
const firstAnswer = <T>(ask: (asks: Asks) => T | undefined): T | undefined => {
  for (const { asks } of modules) {
    const answer = ask(asks);
    if (answer !== undefined) return answer;
  }
  return undefined;
};

/** See `Asks`. */
export const impersonationOf = (spec: MachineClientSpec): string | undefined =>
  firstAnswer((asks) => asks.impersonation?.(spec));
export const boundedOf = (spec: MachineClientSpec): Bounded =>
  Object.assign({}, ...modules.map(({ asks }) => asks.bounded?.(spec))) as Bounded;

/** Fields of the spec that some providers have, and others have not, by their path below `spec`. */
const shared = [
  'displayName',
  'description',
  'scopes',
  'audiences',
  'organizationId',
  'accessTokenLifetime',
  'customClaims',
  'customMetadata',
  'clientId',
] as const satisfies readonly (keyof MachineClientSpec)[];
const ofCredential = ['tokenEndpointAuthMethod', 'importSecretRef'] as const;

const unsupported = (field: string, type: string): Refusal => ({
  reason: 'FieldNotSupported',
  message: `spec.${field} means nothing to ${type}; remove it`,
});

/** The first field that is set and that the provider does not support. */
const foreignField = (account: Account, spec: MachineClientSpec): string | undefined => {
  const own = moduleOf(account.type)?.schema.member;
  const member = modules
    .map(({ schema }) => schema.member as keyof MachineClientSpec)
    .find((name) => name !== own && spec[name] !== undefined);
  if (member !== undefined) return member;
  const { fields } = account.capabilities;
  const { credential, rotation } = spec;
  const set = [
    ...shared.filter((field) => spec[field] !== undefined),
    ...ofCredential.filter((field) => credential[field] !== undefined).map((field) => `credential.${field}`),
  ];
  const field = set.find((name) => !fields.includes(name));
  if (field !== undefined) return field;
  if (credential.type === 'KeyPair' && !fields.includes('credential.type')) return 'credential.type KeyPair';
  return rotation.method === 'Replace' && !fields.includes('rotation.method')
    ? 'rotation.method Replace'
    : undefined;
};

/** `CredentialsOnly` changes nothing of the client, so what the spec says of it would be ignored. */
const foreignToBorrowed = ({ capabilities, type }: Account, spec: MachineClientSpec): string | undefined => {
  if (spec.managementPolicy !== 'CredentialsOnly') return undefined;
  if (!capabilities.canList) return `spec.managementPolicy CredentialsOnly means nothing to ${type}`;
  const field = shared.find(
    (name) => name !== 'clientId' && name !== 'organizationId' && spec[name] !== undefined,
  );
  const member = modules.map(({ schema }) => schema.member as keyof MachineClientSpec);
  const set =
    field ??
    member.find((name) => spec[name] !== undefined) ??
    (spec.state === 'Inactive' ? 'state Inactive' : undefined) ??
    (spec.credential.importSecretRef ? 'credential.importSecretRef' : undefined);
  return set === undefined
    ? undefined
    : `spec.${set} cannot be set with managementPolicy CredentialsOnly: the client is somebody else's, and stays as it is`;
};

/** Of the wish as a whole: a field that the provider does not support, and then what the provider itself says. */
export const refuseWish = (account: Account, wish: Wish, client?: UpstreamClient): Refusal | undefined => {
  const field = foreignField(account, wish.spec);
  const borrowed = foreignToBorrowed(account, wish.spec);
  if (field === undefined && borrowed !== undefined)
    return { reason: 'FieldNotSupported', message: borrowed };
  return field === undefined ? account.refuse(wish, client) : unsupported(field, account.type);
};
