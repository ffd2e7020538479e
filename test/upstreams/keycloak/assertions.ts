import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a client sends to the token endpoint of this issuer, once. `key`: on P-256. `more`: claims that are other ones. */
export const assertionBy = (
  key: KeyObject,
  kid: string,
  clientId: string,
  audience: string,
  more: object = {},
): string => {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...more,
  };
  const signed = `${encoded({ alg: 'ES256', kid, typ: 'JWT' })}.${encoded(claims)}`;
  const signature = sign('SHA256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' } as const);
  return `${signed}.${signature.toString('base64url')}`;
};

/** An ES256 key that a client proves itself with. */
export const newKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  return {
    /** Its entry of a JSON Web Key Set. */
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    assertion: (clientId: string, audience: string, more: object = {}): string =>
      assertionBy(privateKey, kid, clientId, audience, more),
  };
};
