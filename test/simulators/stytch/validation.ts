import type { Body } from '../provider.ts';
import { StytchFailure } from './errors.ts';
import type { StytchSwitches } from './switches.ts';

export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object of a body; no body at all counts as an empty one. */
export const fieldsOf = (body: Body): Fields => {
  if (body.kind === 'none') return {};
  if (body.kind !== 'json' || !isFields(body.value)) throw new StytchFailure('bad_request');
  return body.value;
};

const isTooLong = (text: string, limit: number): boolean => limit > 0 && text.length > limit;

export const checkClientId = (value: unknown, switches: StytchSwitches): string => {
  if (typeof value !== 'string' || value === '' || isTooLong(value, switches.maxClientIdLength)) {
    throw new StytchFailure('m2m_client_invalid_client_id');
  }
  return value;
};

export const checkName = (value: unknown, switches: StytchSwitches): string => {
  if (typeof value !== 'string' || isTooLong(value, switches.maxNameLength)) {
    throw new StytchFailure('m2m_client_invalid_client_name');
  }
  return value;
};

export const checkDescription = (value: unknown, switches: StytchSwitches): string => {
  if (typeof value !== 'string' || isTooLong(value, switches.maxDescriptionLength)) {
    throw new StytchFailure('m2m_client_invalid_client_description');
  }
  return value;
};

export const checkStatus = (value: unknown): 'active' | 'inactive' => {
  if (value !== 'active' && value !== 'inactive') throw new StytchFailure('m2m_client_invalid_status');
  return value;
};

/** RFC 6749, section 3.3: a scope-token. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export const checkScopes = (value: unknown, switches: StytchSwitches): readonly string[] => {
  if (!Array.isArray(value)) throw new StytchFailure('bad_request');
  const scopes: readonly unknown[] = value;
  if (!scopes.every((scope) => typeof scope === 'string' && scopeToken.test(scope))) {
    throw new StytchFailure('invalid_m2m_client_scope');
  }
  if (scopes.length === 0 && switches.emptyScopes === 'refuse') throw new StytchFailure('bad_request');
  if (switches.maxScopes > 0 && scopes.length > switches.maxScopes) {
    throw new StytchFailure('too_many_m2m_client_scopes');
  }
  return scopes as readonly string[];
};

export const checkSecret = (value: unknown, switches: StytchSwitches): string => {
  if (typeof value !== 'string') throw new StytchFailure('m2m_client_invalid_client_secret');
  const isWeak =
    value.length < switches.minSecretLength || entropyBits(value) < switches.minSecretEntropyBits;
  if (isWeak) throw new StytchFailure(switches.weakSecretErrorType);
  if (isTooLong(value, switches.maxSecretLength)) throw new StytchFailure('m2m_client_invalid_client_secret');
  return value;
};

const entropyBits = (text: string): number => {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / text.length);
  return bits;
};

const MOST_METADATA_KEYS = 20;
const LARGEST_METADATA = 4096;

/** The metadata after a change: merged at the top level, a key that is set to null is deleted. */
export const changedMetadata = (before: Fields, change: unknown, switches: StytchSwitches): Fields => {
  if (!isFields(change)) throw new StytchFailure('metadata_invalid_format');
  const base = switches.metadataSemantics === 'merge' ? before : {};
  const kept = Object.entries({ ...base, ...change }).filter(([, value]) => value !== null);
  const after = Object.fromEntries(kept);
  if (kept.length > MOST_METADATA_KEYS) throw new StytchFailure('metadata_too_many_keys');
  if (Buffer.byteLength(JSON.stringify(after)) > LARGEST_METADATA)
    throw new StytchFailure('metadata_too_large');
  return after;
};
