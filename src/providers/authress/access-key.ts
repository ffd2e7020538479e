import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Secret } from '../../runtime/secret.ts';
import { importPrivateKey, type MakePrivateKey, signJwt } from '../key-pairs.ts';

/**
 * What a service client signs its tokens with. As text: `<clientId>.<keyId>.<accountId>.<base64 of the PKCS#8 DER>`
 * (https://authress.io/knowledge-base/docs/authorization/service-clients/authress-implementation). No part has a dot.
 */
export interface AccessKey {
  readonly clientId: string;
  readonly keyId: string;
  readonly accountId: string;
  /** Ed25519. Node prints nothing of it, in no form. */
  readonly privateKey: KeyObject;
}

export const makePrivateKey: MakePrivateKey = () => generateKeyPairSync('ed25519').privateKey;

const importKey = (input: Parameters<typeof importPrivateKey>[0]): KeyObject | undefined =>
  importPrivateKey(input, ({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519');

/** Undefined where it is not of that form. */
export const parseAccessKey = (secret: Secret): AccessKey | undefined => {
  const parts = secret.reveal().trim().split('.');
  const [clientId, keyId, accountId, base64] = parts;
  if (parts.length !== 4 || !clientId || !keyId || !accountId || !base64) return undefined;
  const privateKey = importKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' });
  return privateKey && { clientId, keyId, accountId, privateKey };
};

export const composeAccessKey = ({ clientId, keyId, accountId, privateKey }: AccessKey): Secret => {
  const base64 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  return new Secret([clientId, keyId, accountId, base64].join('.'));
};

/** Undefined where it is no Ed25519 key. */
export const parsePem = (secret: Secret): KeyObject | undefined => importKey(secret.reveal());

/** The public half as Authress takes it: base64 of the SubjectPublicKeyInfo DER. */
export const publicKeyOf = (privateKey: KeyObject): string =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64');

/** The SPKI DER of an Ed25519 key (RFC 8410, section 4) is 12 bytes that are always the same, and the key. */
const SPKI_BYTES = 44;

/**
 * The 32 bytes that two forms of one public key share, in base64url, as a JSON Web Key has them (RFC 8037, section 2):
 * that Authress shows a key byte for byte as it was sent is not documented.
 */
export const rawPublicKey = (spki: string): string | undefined => {
  const der = Buffer.from(spki, 'base64');
  return der.length === SPKI_BYTES ? der.subarray(-32).toString('base64url') : undefined;
};

const LIFETIME_SECONDS = 86_400;

/** Which domain the tokens of the account's clients name; one of Authress's own stands for the account's. */
export const issuingDomain = (accountId: string, baseUrl: string): string => {
  const hostname = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  const own = hostname === 'authress.io' || hostname.endsWith('.authress.io');
  return own ? `https://${accountId}.api.authress.io` : baseUrl.replace(/\/+$/, '');
};

/** Where the tokens of a client say that they come from. */
const issuerOf = ({ accountId, clientId }: AccessKey, baseUrl: string): string =>
  `${issuingDomain(accountId, baseUrl)}/v1/clients/${encodeURIComponent(clientId)}`;

/** The token that the official SDK signs with an access key, good for a day. `seconds`: wall clock. */
export const signToken = (key: AccessKey, baseUrl: string, seconds: number): Secret => {
  const header = { alg: 'EdDSA', kid: key.keyId, typ: 'at+jwt' };
  const claims = {
    aud: `${key.accountId}.accounts.authress.io`,
    iss: issuerOf(key, baseUrl),
    sub: key.clientId,
    client_id: key.clientId,
    iat: seconds,
    exp: seconds + LIFETIME_SECONDS,
    scope: 'openid',
  };
  return signJwt(header, claims, key.privateKey, null);
};
