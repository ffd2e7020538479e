import type { Body } from '../provider.ts';
import type { ClientFields, CustomClaim } from './account.ts';
import { type FieldViolation, ScalekitFailure } from './errors.ts';
import type { ScalekitSwitches } from './switches.ts';

export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the JSON decoder of the gateway says of a value of the wrong type. */
const malformed = (name: string): ScalekitFailure =>
  new ScalekitFailure('invalidArgument', [], `proto: invalid value for field ${name}`);

/** The `client` message, which is the whole body. Unknown fields are ignored. */
export const clientOf = (body: Body): Fields => {
  if (body.kind === 'none')
    throw new ScalekitFailure('invalidArgument', [
      { field: 'client', description: 'value is required', constraint: 'required' },
    ]);
  if (body.kind !== 'json' || !isFields(body.value)) throw malformed('client');
  return body.value;
};

const length = (text: string): number => Array.from(text).length;

const tooLong = (field: string, text: string, most: number): FieldViolation[] =>
  length(text) > most
    ? [
        {
          field,
          description: `value length must be at most ${most} characters`,
          constraint: 'string.max_len',
        },
      ]
    : [];

const idViolations = (field: string, value: string, prefix: string): FieldViolation[] => {
  const violations = tooLong(field, value, 32);
  if (value.startsWith(prefix)) return violations;
  const description = `value does not have prefix \`${prefix}\``;
  return [...violations, { field, description, constraint: 'string.prefix' }];
};

/** The rules on path parameters; they are checked before anything is looked up. */
export const checkIds = (params: Readonly<Record<string, string>>, { idRules }: ScalekitSwitches): void => {
  if (idRules === 'ignore') return;
  const prefixes = { organization_id: 'org_', client_id: 'm2morg_', secret_id: '' };
  const violations = Object.entries(prefixes).flatMap(([field, prefix]) => {
    const value = params[field];
    return value === undefined ? [] : idViolations(field, value, prefix);
  });
  if (violations.length > 0) throw new ScalekitFailure('invalidArgument', violations);
};

const textOf = (fields: Fields, name: string): string => {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw malformed(name);
  return value;
};

const listOf = (fields: Fields, name: string): readonly unknown[] => {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw malformed(name);
  return value as readonly unknown[];
};

const textsOf = (fields: Fields, name: string): readonly string[] => {
  const list = listOf(fields, name);
  if (!list.every((item) => typeof item === 'string')) throw malformed(name);
  return list;
};

const claimsOf = (fields: Fields): readonly CustomClaim[] =>
  listOf(fields, 'custom_claims').map((claim) => {
    if (!isFields(claim)) throw malformed('custom_claims');
    return { key: textOf(claim, 'key'), value: textOf(claim, 'value') };
  });

/** int64 in JSON: a number or a string. */
const expiryOf = (fields: Fields): number => {
  const value = fields.expiry ?? 0;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw malformed('expiry');
  return number as number;
};

/** The fields of a body, absent ones empty: on the wire the two are the same. Throws what breaks a rule. */
export const checkedFields = (fields: Fields, switches: ScalekitSwitches): ClientFields => {
  const client: ClientFields = {
    name: textOf(fields, 'name'),
    description: textOf(fields, 'description'),
    scopes: textsOf(fields, 'scopes'),
    audience: textsOf(fields, 'audience'),
    customClaims: claimsOf(fields),
    expiry: expiryOf(fields),
  };
  const { knownScopes, minExpirySeconds } = switches;
  const violations: FieldViolation[] = [
    ...tooLong('client.name', client.name, 128),
    ...tooLong('client.description', client.description, 512),
    ...client.customClaims.flatMap(({ key }, index) =>
      keyViolations(`client.custom_claims[${index}].key`, key),
    ),
  ];
  if (client.expiry !== 0 && client.expiry < minExpirySeconds)
    violations.push({
      field: 'client.expiry',
      description: `value must be greater than or equal to ${minExpirySeconds}`,
      constraint: 'int64.gte',
    });
  if (client.scopes.some((scope) => knownScopes?.includes(scope) === false))
    violations.push({ field: 'client.scopes', description: 'unknown scope', constraint: 'scopes.known' });
  if (violations.length > 0) throw new ScalekitFailure('invalidArgument', violations);
  return client;
};

const keyViolations = (field: string, key: string): FieldViolation[] =>
  key === ''
    ? [{ field, description: 'value length must be at least 1 characters', constraint: 'string.min_len' }]
    : tooLong(field, key, 128);
