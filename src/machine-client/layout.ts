import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Layout } from './secret-view.ts';

/** What the operator chooses where `spec.secret.entries` is left out. */
export const defaultEntries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'token-url', field: 'TokenURL' },
] as const;

/** The keys of the Secret, and what stands under each. */
export const wantedLayout = (spec: MachineClientSpec): Layout => [
  ...(spec.secret.entries ?? defaultEntries).map(({ key, field }) => [key, field] as const),
  ...(spec.secret.outputFormats ?? []).map(({ key, type }) => [key, type] as const),
];
