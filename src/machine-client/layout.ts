import type { EntryField, MachineClientSpec } from '../api/schema/machine-client.ts';
import {
  type Capabilities,
  type SecretField,
  secretFields,
  type SecretValues,
} from '../providers/provider.ts';
import type { Layout } from './secret-view.ts';

export type Entries = readonly { readonly key: string; readonly field: EntryField }[];

const usual: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'token-url', field: 'TokenURL' },
];
const ofAccessKeys: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'access-key', field: 'AccessKey' },
];
const ofKeyPairs: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'private-key', field: 'PrivateKey' },
  { key: 'access-key', field: 'AccessKey' },
  { key: 'token-url', field: 'TokenURL' },
];
const ofEphemeral: Entries = [
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'expiry-time', field: 'ExpiryTime' },
];

const begins = (present: Layout, entries: Entries): boolean =>
  entries.every(({ key, field }, at) => present[at]?.[0] === key && present[at][1] === field);

/**
 * `spec.secret.entries`, or what the operator chooses where they are left out. `present`: what the Secret holds now. One
 * of before access keys were chosen stays as it is: programs read it, and what is upgraded rotates nothing.
 */
export const wantedEntries = (
  spec: MachineClientSpec,
  { style, secretFields: [chosen] }: Pick<Capabilities, 'style' | 'secretFields'>,
  present: Layout | undefined,
): Entries => {
  if (spec.secret.entries) return spec.secret.entries;
  if (style === 'ephemeral') return ofEphemeral;
  if (spec.authress?.keyMode === 'PublicKey') return ofKeyPairs;
  return chosen !== 'AccessKey' || (present && begins(present, usual)) ? usual : ofAccessKeys;
};

export const isSecretField = (field: Layout[number][1]): field is SecretField =>
  (secretFields as readonly string[]).includes(field);

/** The keys of the Secret, and what stands under each. */
export const layoutOf = (spec: MachineClientSpec, entries: Entries): Layout => [
  ...entries.map(({ key, field }) => [key, field] as const),
  ...(spec.secret.outputFormats ?? []).map(({ key, type }) => [key, type] as const),
];

export const wantedLayout = (
  spec: MachineClientSpec,
  capabilities: Parameters<typeof wantedEntries>[1],
  present: Layout | undefined,
): Layout => layoutOf(spec, wantedEntries(spec, capabilities, present));

/** Of a credential's values those that the Secret holds; all of them where it holds none. */
export const published = (values: SecretValues, layout: Layout): SecretValues => {
  const held = layout.flatMap(([, field]) =>
    isSecretField(field) && values[field] ? [[field, values[field]] as const] : [],
  );
  return held.length === 0 ? values : Object.fromEntries(held);
};
