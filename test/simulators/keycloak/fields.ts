import type { Body } from '../provider.ts';
import { KeycloakFailure } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const textIn = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
};

export const fieldsOf = (body: Body): Fields => {
  if (body.kind === 'none') return {};
  if (body.kind !== 'json' || typeof body.value !== 'object' || body.value === null)
    throw new KeycloakFailure('bad_json');
  return body.value as Fields;
};

/** A client as it is where nothing is said. */
export const defaults: Fields = {
  name: '',
  description: '',
  enabled: true,
  publicClient: false,
  bearerOnly: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  fullScopeAllowed: true,
  clientAuthenticatorType: 'client-secret',
  protocol: 'openid-connect',
};

const known: readonly string[] = [
  ...Object.keys(defaults),
  'id',
  'clientId',
  'secret',
  'attributes',
  'defaultClientScopes',
  'optionalClientScopes',
  'protocolMappers',
];
const LONGEST = 255;
const short: readonly string[] = ['clientId', 'name', 'description', 'secret'];

/** Throws where the server would: an unknown field, or a text that its column does not take. */
export const checked = (fields: Fields): Fields => {
  for (const [name, value] of Object.entries(fields)) {
    if (!known.includes(name)) throw new KeycloakFailure('unknown_field', name);
    if (short.includes(name) && typeof value === 'string' && value.length > LONGEST)
      throw new KeycloakFailure('too_long');
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
};

/** Key by key; one that is written empty goes. */
export const attributesAfter = (
  present: Readonly<Record<string, string>>,
  given: unknown,
): Readonly<Record<string, string>> => {
  const all = { ...present, ...(given as Readonly<Record<string, string | null>> | undefined) };
  return Object.fromEntries(
    Object.entries(all).filter((one): one is [string, string] => one[1] !== null && one[1] !== ''),
  );
};
