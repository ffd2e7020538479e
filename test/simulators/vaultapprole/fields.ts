import type { Body } from '../provider.ts';
import type { RoleFields } from './account.ts';
import { VaultFailure } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** No body is one without members. */
export const fieldsOf = (body: Body): Fields => {
  if (body.kind === 'none') return {};
  if (body.kind !== 'json' || typeof body.value !== 'object' || body.value === null)
    throw new VaultFailure('bad_body');
  return body.value as Fields;
};

export const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value.trim() : '';
};

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds: a number, or a text such as `10m`. */
export const secondsOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  const [, amount, unit = 's'] = /^(\d+)([smh])?$/.exec(String(value)) ?? [];
  if (amount === undefined) throw new VaultFailure('bad_body');
  return Number(amount) * (units[unit] ?? 1);
};

/** A list, or one text with commas between: what stands in a list is not taken apart. */
const stringsOf = (value: unknown): readonly string[] => {
  const all = Array.isArray(value) ? value.map(String) : String(value).split(',');
  return all.map((one) => one.trim()).filter((one) => one !== '');
};

/** A single address is shown without its length. */
const cidrsOf = (value: unknown): readonly string[] =>
  stringsOf(value).map((cidr) => cidr.replace(/(?<=^[0-9.]+)\/32$|(?<=:.*)\/128$/, ''));

const parsers: { readonly [K in keyof RoleFields]: (value: unknown) => RoleFields[K] } = {
  bind_secret_id: (value) => value === true,
  secret_id_bound_cidrs: stringsOf,
  secret_id_num_uses: Number,
  secret_id_ttl: secondsOf,
  token_bound_cidrs: cidrsOf,
  token_explicit_max_ttl: secondsOf,
  token_max_ttl: secondsOf,
  token_no_default_policy: (value) => value === true,
  token_num_uses: Number,
  token_period: secondsOf,
  token_policies: stringsOf,
  token_ttl: secondsOf,
  token_type: String,
};

/** What a call may write of a role; fields that are unknown are ignored without a word. */
export const roleFieldsOf = (fields: Fields): Partial<RoleFields> =>
  Object.fromEntries(
    Object.entries(parsers)
      .filter(([name]) => fields[name] !== undefined && fields[name] !== null)
      .map(([name, parse]) => [name, parse(fields[name])]),
  );

/** Metadata of a secret id comes as a JSON object in a text. */
export const metadataOf = (fields: Fields): Readonly<Record<string, string>> => {
  const text = textOf(fields, 'metadata');
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null)
      return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]));
  } catch {
    // Said below.
  }
  throw new VaultFailure('bad_metadata');
};
