import type { EntryField, MachineClientSpec } from '../api/schema/machine-client.ts';
import { type Capabilities, type SecretField, secretFields } from '../providers/provider.ts';
import type { Layout } from './secret-view.ts';

type Entries = readonly { readonly key: string; readonly field: EntryField }[];

const usual: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'token-url', field: 'TokenURL' },
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

/** `spec.secret.entries`, or what the operator chooses where they are left out. */
export const wantedEntries = (spec: MachineClientSpec, style: Capabilities['style']): Entries => {
  if (spec.secret.entries) return spec.secret.entries;
  if (style === 'ephemeral') return ofEphemeral;
  return spec.authress?.keyMode === 'PublicKey' ? ofKeyPairs : usual;
};

export const isSecretField = (field: Layout[number][1]): field is SecretField =>
  (secretFields as readonly string[]).includes(field);

/** The keys of the Secret, and what stands under each. */
export const wantedLayout = (spec: MachineClientSpec, style: Capabilities['style']): Layout => [
  ...wantedEntries(spec, style).map(({ key, field }) => [key, field] as const),
  ...(spec.secret.outputFormats ?? []).map(({ key, type }) => [key, type] as const),
];
