import type { Body } from '../provider.ts';
import type { ClientFields, RateLimitSetting } from './account.ts';
import { AuthressFailure } from './errors.ts';
import { isEd25519PublicKey } from './key-pair.ts';
import type { AuthressSwitches } from './switches.ts';

export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (): AuthressFailure => new AuthressFailure('InvalidRequest');

/** The JSON object of a body. An empty body counts as `{}`, also with a content type of JSON. */
export const fieldsOf = (body: Body): Fields => {
  if (body.kind === 'none') return {};
  if (body.kind !== 'json' || !isFields(body.value)) throw refused();
  return body.value;
};

const isTooLong = (text: string, limit: number): boolean => limit > 0 && text.length > limit;

const checkNames = (fields: Fields, known: readonly string[], switches: AuthressSwitches): void => {
  if (switches.extraFields === 'ignore') return;
  if (Object.keys(fields).some((name) => !known.includes(name))) throw refused();
};

const checkName = (value: unknown, switches: AuthressSwitches): string | null => {
  if (value === null) return null;
  if (typeof value !== 'string' || isTooLong(value, switches.maxNameLength)) throw refused();
  return value;
};

const flag = (value: unknown): boolean => {
  if (value !== undefined && value !== null && typeof value !== 'boolean') throw refused();
  return value === true;
};

const checkOptions = (value: unknown, switches: AuthressSwitches): ClientFields['options'] => {
  if (!isFields(value)) throw refused();
  checkNames(value, ['grantUserPermissionsAccess', 'grantTokenGeneration'], switches);
  return {
    grantUserPermissionsAccess: flag(value.grantUserPermissionsAccess),
    grantTokenGeneration: flag(value.grantTokenGeneration),
  };
};

const durations = ['PT0S', 'PT5M', 'PT1H', 'P1D', 'P1M'];
const quotas = [100, 1000, 100_000, 1_000_000];

const checkRateLimits = (value: unknown, switches: AuthressSwitches): readonly RateLimitSetting[] => {
  if (!Array.isArray(value) || value.length > 1) throw refused();
  return value.map((item: unknown) => {
    if (!isFields(item)) throw refused();
    const { duration, quota } = item;
    if (typeof duration !== 'string' || !durations.includes(duration)) throw refused();
    if (quota === null) return { duration, quota };
    const inRange = Number.isInteger(quota) && (quota as number) >= 100 && (quota as number) <= 1_000_000;
    const isBorne = switches.quotas === 'any' || quotas.includes(quota as number);
    if (!inRange || !isBorne) throw refused();
    return { duration, quota: quota as number };
  });
};

const LONGEST_TAG = 128;

const checkTags = (value: unknown, switches: AuthressSwitches): ClientFields['tags'] => {
  if (value === null) return {};
  if (!isFields(value)) throw refused();
  const entries = Object.entries(value);
  if (switches.maxTags > 0 && entries.length > switches.maxTags) throw refused();
  for (const [key, text] of entries)
    if (typeof text !== 'string' || text.length > LONGEST_TAG || isTooLong(key, switches.maxTagKeyLength))
      throw refused();
  return { ...(value as Record<string, string>) };
};

/** The writable part of a client, as far as the body has it; `InvalidRequest` for what is malformed. */
export const checkClient = (fields: Fields, switches: AuthressSwitches): Partial<ClientFields> => {
  checkNames(fields, ['name', 'options', 'rateLimits', 'tags'], switches);
  const { name, options, rateLimits, tags } = fields;
  return {
    ...(name !== undefined && { name: checkName(name, switches) }),
    ...(options !== undefined && { options: checkOptions(options, switches) }),
    ...(rateLimits !== undefined && { rateLimits: checkRateLimits(rateLimits, switches) }),
    ...(tags !== undefined && { tags: checkTags(tags, switches) }),
  };
};

/** Of a key that the caller has made; undefined: the service is to make it. */
export const checkPublicKey = (fields: Fields): string | undefined => {
  const { publicKey } = fields;
  if (publicKey === undefined || publicKey === null) return undefined;
  if (typeof publicKey !== 'string' || publicKey.length > 256 || !isEd25519PublicKey(publicKey))
    throw refused();
  return publicKey;
};
