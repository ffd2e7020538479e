import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Recent } from '../../../src/runtime/recent.ts';

/** RFC 8410, section 7: an Ed25519 private key in PKCS#8 is this and the 32 bytes of the key. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface KeyPair {
  /** Base64 of the PKCS#8 DER: the fourth part of an access key. */
  readonly privateKey: string;
  /** Base64 of the SPKI DER. */
  readonly publicKey: string;
}

/** Of 32 random bytes, so that a test that wants the same keys again gets them. */
export const keyPairOf = (seed: Buffer): KeyPair => {
  const privateKey = Buffer.concat([pkcs8Head, seed]).toString('base64');
  return { privateKey, publicKey: publicHalf(privateKey) };
};

const importPrivate = (privateKey: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });

/** Callers send the same key and the same token with each request; what either is worth does not change. */
const MOST_REMEMBERED = 256;
const remembering = <T>(work: (...texts: string[]) => T): ((...texts: string[]) => T) => {
  const known = new Recent<T>(MOST_REMEMBERED);
  return (...texts) => {
    const key = texts.join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = work(...texts);
    known.set(key, made);
    return made;
  };
};

/** Throws when it is no private key. */
export const publicHalf = remembering((privateKey = ''): string =>
  createPublicKey(importPrivate(privateKey)).export({ format: 'der', type: 'spki' }).toString('base64'),
);

const importPublic = (publicKey: string): KeyObject =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });

const isSigned = remembering((signed = '', signature = '', publicKey = ''): boolean =>
  verify(null, Buffer.from(signed), importPublic(publicKey), Buffer.from(signature, 'base64url')),
);

export const isEd25519PublicKey = (publicKey: string): boolean => {
  try {
    return importPublic(publicKey).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
};

/** An entry of a key set. The last 32 bytes of the SPKI are the key itself. */
export const jwkOf = (keyId: string, publicKey: string): Record<string, unknown> => ({
  kty: 'OKP',
  crv: 'Ed25519',
  alg: 'EdDSA',
  kid: keyId,
  x: Buffer.from(publicKey, 'base64').subarray(-32).toString('base64url'),
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const decode = (part: string): Record<string, unknown> => {
  const value = JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown;
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Record<string, unknown>;
};

export const signJwt = (privateKey: string, keyId: string, claims: Record<string, unknown>): string => {
  const signed = `${encode({ alg: 'EdDSA', kid: keyId, typ: 'at+jwt' })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), importPrivate(privateKey)).toString('base64url')}`;
};

export interface Jwt {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  isSignedBy(publicKey: string): boolean;
}

/** Undefined when it is none. */
export const parseJwt = (token: string): Jwt | undefined => {
  const [header, claims, signature, ...more] = token.split('.');
  if (!header || !claims || !signature || more.length > 0) return undefined;
  try {
    return {
      header: decode(header),
      claims: decode(claims),
      isSignedBy: (publicKey) => isSigned(`${header}.${claims}`, signature, publicKey),
    };
  } catch {
    return undefined;
  }
};
