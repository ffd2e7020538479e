import { hash } from 'node:crypto';
import type { Mark } from '../mark.ts';
import type { UpstreamCredential } from '../provider.ts';
import { ownValue } from '../../runtime/own.ts';
import { issuedByOf, type Point } from './marking.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** A key of a client's set: ours, or of somebody else, which stays as it is, whatever it holds. */
export interface Entry {
  /** Its `kid` where that can be an id, else a digest of it. No two of a set have the same one. */
  readonly id: string;
  /** Of a key on P-256. */
  readonly point: Point | undefined;
  readonly jwk: Jwk;
}

/** The set is written whole, and a client has a few keys. */
export const LONGEST_SET = 65_536;
export const MOST_KEYS = 64;
const keyId = /^[\x21-\x7e]{1,128}$/;

const textIn = (jwk: Jwk, name: string): string | undefined => {
  const value = ownValue(jwk, name);
  return typeof value === 'string' ? value : undefined;
};

const pointIn = (jwk: Jwk): Point | undefined => {
  const [x, y] = [textIn(jwk, 'x'), textIn(jwk, 'y')];
  return textIn(jwk, 'kty') === 'EC' && x !== undefined && y !== undefined ? { x, y } : undefined;
};

const isJwk = (value: unknown): value is Jwk =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const jwksIn = (text: string): readonly unknown[] | undefined => {
  try {
    const keys: unknown = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
    return Array.isArray(keys) ? (keys as readonly unknown[]) : undefined;
  } catch {
    return undefined;
  }
};

/** Undefined where it is none that could be written again without harm to the keys of others in it. */
export const parseKeySet = (text: string | null | undefined): readonly Entry[] | undefined => {
  if (!text) return [];
  const jwks = text.length > LONGEST_SET ? undefined : jwksIn(text);
  if (!jwks || jwks.length > MOST_KEYS || !jwks.every(isJwk)) return undefined;
  const ids = new Set<string>();
  const entries: Entry[] = [];
  for (const [at, jwk] of jwks.entries()) {
    const kid = textIn(jwk, 'kid') ?? '';
    const isFirst = keyId.test(kid) && !ids.has(kid);
    const id = isFirst ? kid : `key-${at}-${hash('sha256', JSON.stringify(jwk), 'hex').slice(0, 16)}`;
    ids.add(id);
    entries.push({ id, point: pointIn(jwk), jwk });
  }
  return entries;
};

export const formatKeySet = (entries: readonly Entry[]): string =>
  JSON.stringify({ keys: entries.map(({ jwk }) => jwk) });

export const entryOf = (id: string, point: Point): Entry => ({
  id,
  point,
  jwk: { kty: 'EC', crv: 'P-256', ...point, kid: id, alg: 'ES256', use: 'sig' },
});

/** In the order of the set, to whose end the operator adds. */
export const credentialsOf = (
  entries: readonly Entry[],
  mark: Mark | undefined,
): readonly UpstreamCredential[] =>
  entries.map(({ id }) => {
    const issuedBy = issuedByOf(id, mark);
    return { id, suffix: undefined, ...(issuedBy && { issuedBy }) };
  });
