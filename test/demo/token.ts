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

/**
 * Takes a token with what is in the Secret, as a workload would, and gives a line about it in which nothing is secret.
 *
 * @throws Error when the token endpoint refuses the credential.
 */
export const takeToken = async (kube: KubeClient, ref: ObjectRef, signal: AbortSignal): Promise<string> => {
  const { data = {}, metadata } = await kube.get<SecretWire>(secrets, ref, { signal });
  // `client-id=ClientID,…`: which key holds what, since spec.secret.entries may name the keys.
  const fields = (metadata.annotations?.[annotations.keys] ?? '').split(',').map((entry) => entry.split('='));
  const read = (wanted: string): Secret => {
    const key = fields.find(([, field]) => field === wanted)?.[0];
    const value = key === undefined ? undefined : data[key];
    if (value === undefined) throw new Error(`Secret ${ref.name}: no key holds ${wanted}`);
    return new Secret(Buffer.from(value, 'base64').toString('utf8'));
  };
  const [id, secret, url] = [read('ClientID'), read('ClientSecret'), read('TokenURL')];
  const response = await fetch(url.reveal(), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id.reveal(),
      client_secret: secret.reveal(),
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { access_token, expires_in } = (await response.json()) as TokenAnswer;
  if (!response.ok || access_token === undefined)
    throw new Error(
      `the token endpoint refuses the secret ${secret.suffix} of Secret ${ref.name}: ${response.status}`,
    );
  return `Stytch gives one for the secret ${secret.suffix}, valid for ${expires_in ?? 0} s`;
};
