import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { Secret } from '../runtime/secret.ts';

/** For key pairs that are made here; an argument, so that a test can repeat it. */
export type MakePrivateKey = () => KeyObject;

/** Undefined where it is no private key, or one that `isOf` does not take. */
export const importPrivateKey = (
  input: Parameters<typeof createPrivateKey>[0],
  isOf: (key: KeyObject) => boolean,
): KeyObject | undefined => {
  try {
    const key = createPrivateKey(input);
    return isOf(key) ? key : undefined;
  } catch {
    return undefined;
  }
};

/** PKCS#8, as the entry `PrivateKey` of a Secret holds it. */
export const pemOf = (privateKey: KeyObject): Secret =>
  new Secret(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A JSON Web Signature of these claims (RFC 7515, section 7.1). `digest`: null where the algorithm has one of its own. The
 * signature of an elliptic curve is the two numbers one after the other (RFC 7518, section 3.4).
 */
export const signJwt = (
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  privateKey: KeyObject,
  digest: 'SHA256' | null,
): Secret => {
  const signed = `${encode(header)}.${encode(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return new Secret(`${signed}.${sign(digest, Buffer.from(signed), key).toString('base64url')}`);
};
