import { createHash, generateKeyPair, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);
const signAsync = promisify(
  (data: Buffer, key: KeyObject, done: (error: Error | null, signature: Buffer) => void) =>
    sign('RSA-SHA256', data, key, done),
);

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
  readonly kid: string;
}

/** What a token endpoint signs with. */
export type TokenKey = Pick<SigningKey, 'sign' | 'publicJwk'>;

/** The RS256 key of a simulator. Made at its first use, since that takes some 100 ms. */
export class SigningKey {
  #made: Promise<KeyPair> | undefined;

  /** A JWT with these claims. */
  async sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { privateKey, kid } = await this.#get();
    const signed = `${base64url({ alg: 'RS256', kid, typ: 'JWT' })}.${base64url(claims)}`;
    const signature = await signAsync(Buffer.from(signed), privateKey);
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** The entry of a JSON Web Key Set. */
  async publicJwk(): Promise<Record<string, unknown>> {
    const { jwk, kid } = await this.#get();
    return { ...jwk, kid, alg: 'RS256', use: 'sig' };
  }

  #get(): Promise<KeyPair> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<KeyPair> {
    const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' });
    const kid = createHash('sha256')
      .update(jwk.n ?? '')
      .digest('hex')
      .slice(0, 32);
    return { privateKey, jwk, kid };
  }
}
