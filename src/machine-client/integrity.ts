import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../runtime/secret.ts';
import { ownValue } from '../runtime/own.ts';

/**
 * The keyed proof that a Secret's data is what we wrote. A plain hash of a secret would let anybody who can read
 * annotations test guesses; the key lives in one Secret in the operator's own namespace.
 */
export interface IntegrityKey {
  readonly id: string;
  readonly key: Secret;
}

/** ok, edited: our key says so. unknown: made with a key that we do not have, or not there at all. */
export type Integrity = 'ok' | 'edited' | 'unknown';

/** Node makes a KeyObject of raw bytes anew for each HMAC, which takes four times as long as the HMAC itself. */
const keyObjects = new WeakMap<IntegrityKey, KeyObject>();

const keyObjectOf = (integrity: IntegrityKey): KeyObject => {
  const known = keyObjects.get(integrity);
  if (known) return known;
  const made = createSecretKey(Buffer.from(integrity.key.reveal(), 'base64'));
  keyObjects.set(integrity, made);
  return made;
};

/** Data in base64, as on the wire; only the keys that are ours count (a merged Secret holds others too). */
const mac = (key: IntegrityKey, data: Readonly<Record<string, string>>, keys: readonly string[]): Buffer => {
  const hmac = createHmac('sha256', keyObjectOf(key));
  // Length before content: no two sets of entries give the same bytes.
  for (const name of [...keys].sort()) {
    const value = ownValue(data, name) ?? '';
    hmac.update(`${name.length}:${name}${value.length}:${value}`);
  }
  return hmac.digest();
};

export const sign = (
  key: IntegrityKey,
  data: Readonly<Record<string, string>>,
  keys: readonly string[],
): string => `${key.id}:${mac(key, data, keys).toString('base64url')}`;

export const verify = (
  key: IntegrityKey,
  annotation: string | undefined,
  data: Readonly<Record<string, string>>,
  keys: readonly string[],
): Integrity => {
  const [id, value] = annotation?.split(':') ?? [];
  if (id !== key.id || value === undefined) return 'unknown';
  const expected = mac(key, data, keys);
  const given = Buffer.from(value, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'ok' : 'edited';
};
