import { access, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { OperatorError } from '../runtime/errors.ts';
import { Secret } from '../runtime/secret.ts';
import { cachedCredentials, type Credentials, type Endpoint } from './endpoint.ts';
import { inClusterEndpoint } from './in-cluster.ts';
import { type Context, readKubeconfig, type UserEntry } from './kubeconfig-file.ts';
import { pluginCredentials } from './plugin-credentials.ts';

export interface LoadOptions {
  readonly kubeconfigPath?: string | undefined;
  /** Of the kubeconfig, in place of its current one: then a pod's service account is not asked. */
  readonly context?: string | undefined;
  /** Which comes first where there are both. A program in a pod is its service account; kubectl is who is at it. */
  readonly prefer?: 'service-account' | 'kubeconfig' | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** The given file; else the pod's service account; else what kubectl would take: $KUBECONFIG, ~/.kube/config. */
export const loadEndpoint = async (options: LoadOptions): Promise<Endpoint> => {
  const { kubeconfigPath, context, prefer = 'service-account', env, clock } = options;
  const fromFiles = async (paths: readonly string[]): Promise<Endpoint> =>
    endpointOf(await readKubeconfig(paths, context), clock);
  if (kubeconfigPath !== undefined) return await fromFiles([kubeconfigPath]);
  const { candidates, present } = await defaultPaths(env);
  const filesFirst = present.length > 0 && prefer === 'kubeconfig';
  const inCluster = filesFirst || context !== undefined ? undefined : await inClusterEndpoint(env, clock);
  if (inCluster !== undefined) return inCluster;
  if (present.length > 0) return await fromFiles(present);
  throw new OperatorError(
    'MCO_KUBECONFIG',
    `not in a pod, and no kubeconfig at ${candidates.join(', ') || '$KUBECONFIG or ~/.kube/config'}: give one with --kubeconfig`,
  );
};

/** Files of $KUBECONFIG that do not exist are left out, as kubectl does. */
const defaultPaths = async (
  env: NodeJS.ProcessEnv,
): Promise<{ readonly candidates: readonly string[]; readonly present: readonly string[] }> => {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  // Not `os.homedir()`, which throws for a user without an entry in /etc/passwd: the usual one in a container.
  const own = env['HOME'] ? [join(env['HOME'], '.kube', 'config')] : [];
  const candidates = named.length > 0 ? named : own;
  const present: string[] = [];
  for (const path of candidates) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) present.push(path);
  }
  return { candidates, present };
};

const endpointOf = async ({ cluster, user, namespace }: Context, clock: Clock): Promise<Endpoint> => {
  for (const field of ['as-uid', 'as-user-extra'] as const)
    if (user[field] !== undefined)
      throw new OperatorError('MCO_KUBECONFIG', `kubeconfig field ${field} is not supported`);
  const server = parseUrl('server', cluster.server ?? '');
  const proxyUrl = cluster['proxy-url'] ? parseUrl('proxy-url', cluster['proxy-url']) : undefined;
  const usesPlugin = user.exec !== undefined || user['auth-provider'] !== undefined;
  const plugin = usesPlugin ? await pluginCredentials(cluster, user) : undefined;

  const read = async (): Promise<Credentials> => {
    const [ca, cert, key, own, issued] = await Promise.all([
      bytes(cluster['certificate-authority-data'], cluster['certificate-authority']),
      bytes(user['client-certificate-data'], user['client-certificate']),
      bytes(user['client-key-data'], user['client-key']),
      authorizationOf(user),
      plugin?.(),
    ]);
    return {
      authorization: issued?.authorization ?? own,
      impersonate: impersonationOf(user),
      tls: {
        ca,
        cert: issued?.cert ?? cert,
        key: issued?.key ?? key,
        servername: cluster['tls-server-name'] || undefined,
        rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
      },
    };
  };
  return { server, proxyUrl, namespace, ...cachedCredentials(read, clock) };
};

const parseUrl = (field: string, text: string): URL => {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new OperatorError('MCO_KUBECONFIG', `the kubeconfig's ${field} must be an http or https URL`);
};

/** Data wins over a file, as for kubectl. */
const bytes = async (data: string | undefined, path: string | undefined): Promise<Buffer | undefined> => {
  if (data) return Buffer.from(data, 'base64');
  return path ? readFile(path) : undefined;
};

const authorizationOf = async (user: UserEntry): Promise<Secret | undefined> => {
  if (user.tokenFile) return new Secret(`Bearer ${(await readFile(user.tokenFile, 'utf8')).trim()}`);
  if (user.token) return new Secret(`Bearer ${user.token}`);
  if (user.username === undefined) return undefined;
  const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
  return new Secret(`Basic ${pair}`);
};

const impersonationOf = (user: UserEntry): Credentials['impersonate'] =>
  user.as === undefined
    ? undefined
    : {
        'impersonate-user': user.as,
        ...(user['as-groups'] ? { 'impersonate-group': user['as-groups'] } : {}),
      };
