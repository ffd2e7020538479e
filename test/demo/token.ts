import { annotations } from '../../src/api/group.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type ObjectRef, secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { Secret } from '../../src/runtime/secret.ts';

const TIMEOUT_MS = 10_000;

interface TokenAnswer {
  readonly access_token?: string;
  readonly expires_in?: number;
}

export interface Credential {
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly tokenUrl: Secret;
}

/** What is in the Secret, as a workload reads it. */
export const readCredential = async (
  kube: KubeClient,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<Credential> => {
  const { data = {}, metadata } = await kube.get<SecretWire>(secrets, ref, { signal });
  // `client-id=ClientID,…`: which key holds what, since spec.secret.entries may name the keys.
  const fields = (metadata.annotations?.[annotations.keys] ?? '').split(',').map((entry) => entry.split('='));
  const read = (wanted: string): Secret => {
    const key = fields.find(([, field]) => field === wanted)?.[0];
    const value = key === undefined ? undefined : data[key];
    if (value === undefined) throw new Error(`Secret ${ref.name}: no key holds ${wanted}`);
    return new Secret(Buffer.from(value, 'base64').toString('utf8'));
  };
  return { clientId: read('ClientID'), clientSecret: read('ClientSecret'), tokenUrl: read('TokenURL') };
};

export const askToken = async (
  { clientId, clientSecret, tokenUrl }: Credential,
  signal: AbortSignal,
): Promise<{ readonly given: boolean; readonly status: number; readonly seconds: number }> => {
  const response = await fetch(tokenUrl.reveal(), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId.reveal(),
      client_secret: clientSecret.reveal(),
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const { access_token, expires_in } = (await response.json()) as TokenAnswer;
  return {
    given: response.ok && access_token !== undefined,
    status: response.status,
    seconds: expires_in ?? 0,
  };
};

/**
 * Takes a token with what is in the Secret, as a workload would, and gives a line about it in which nothing is secret.
 *
 * @throws Error when the token endpoint refuses the credential.
 */
export const takeToken = async (kube: KubeClient, ref: ObjectRef, signal: AbortSignal): Promise<string> => {
  const credential = await readCredential(kube, ref, signal);
  const { suffix } = credential.clientSecret;
  const { given, status, seconds } = await askToken(credential, signal);
  if (!given)
    throw new Error(`the token endpoint refuses the secret ${suffix} of Secret ${ref.name}: ${status}`);
  return `Stytch gives one for the secret ${suffix}, valid for ${seconds} s`;
};
