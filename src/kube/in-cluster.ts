import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { Secret } from '../runtime/secret.ts';
import { cachedCredentials, type Endpoint } from './endpoint.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The endpoint that every pod with a service account token is given, or undefined outside of one. */
export const inClusterEndpoint = async (
  env: NodeJS.ProcessEnv,
  clock: Clock,
  folder = SERVICE_ACCOUNT,
): Promise<Endpoint | undefined> => {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || host === '' || port === undefined || port === '') return undefined;

  const read = async (): ReturnType<Endpoint['credentials']> => {
    const [token, ca] = await Promise.all([
      readFile(join(folder, 'token'), 'utf8'),
      readFile(join(folder, 'ca.crt')),
    ]);
    return { authorization: new Secret(`Bearer ${token.trim()}`), tls: { ca, rejectUnauthorized: true } };
  };
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => undefined);
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace: namespace?.trim() || undefined,
    ...cachedCredentials(read, clock),
  };
};
