import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import {
  type Account,
  type Entries,
  type SecretField,
  secretFields,
  type SecretValues,
} from '../providers/provider.ts';
import type { Layout } from './secret-view.ts';

/** The entries that a Secret has now; what it has in the forms of `outputFormats` is none. */
const entriesOf = (layout: Layout): Entries =>
  layout.flatMap(([key, field]) => (field === 'DotEnv' || field === 'JSON' ? [] : [{ key, field }]));

/** `spec.secret.entries`, or what the provider chooses where they are left out. `present`: what the Secret holds now. */
export const wantedEntries = (
  spec: MachineClientSpec,
  account: Pick<Account, 'defaultEntries'>,
  present: Layout | undefined,
): Entries => spec.secret.entries ?? account.defaultEntries(spec, present && entriesOf(present));

export const isSecretField = (field: Layout[number][1]): field is SecretField =>
  (secretFields as readonly string[]).includes(field);

/** The keys of the Secret, and what stands under each. */
export const layoutOf = (spec: MachineClientSpec, entries: Entries): Layout => [
  ...entries.map(({ key, field }) => [key, field] as const),
  ...(spec.secret.outputFormats ?? []).map(({ key, type }) => [key, type] as const),
];

export const wantedLayout = (
  spec: MachineClientSpec,
  account: Pick<Account, 'defaultEntries'>,
  present: Layout | undefined,
): Layout => layoutOf(spec, wantedEntries(spec, account, present));

/** Of a credential's values those that the Secret holds; all of them where it holds none. */
export const published = (values: SecretValues, layout: Layout): SecretValues => {
  const held = layout.flatMap(([, field]) =>
    isSecretField(field) && values[field] ? [[field, values[field]] as const] : [],
  );
  return held.length === 0 ? values : Object.fromEntries(held);
};
