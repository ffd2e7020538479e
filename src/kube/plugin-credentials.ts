import { OperatorError } from '../runtime/errors.ts';
import { Secret } from '../runtime/secret.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-file.ts';

interface Issued {
  readonly authorization?: Secret;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

interface HttpsOptions {
  headers?: Record<string, string>;
  cert?: string | Buffer;
  key?: string | Buffer;
}

/**
 * Credentials from an exec plugin or an auth provider (cloud accounts on a laptop), by the well-kept code of
 * client-node. It is loaded only here: its import costs 85 MB of memory and about a second, which nobody with a
 * service account or a plain kubeconfig should pay. Nothing else of it is used at run time.
 */
export const pluginCredentials = async (
  cluster: ClusterEntry,
  user: UserEntry,
): Promise<() => Promise<Issued>> => {
  const { KubeConfig } = await import('./plugin-kubeconfig.ts');
  const provider = user['auth-provider'];
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'current', server: cluster.server }],
    users: [
      {
        name: 'current',
        ...(user.exec === undefined ? {} : { exec: user.exec }),
        ...(provider === undefined
          ? {}
          : { authProvider: { name: provider.name, config: provider.config ?? {} } }),
      },
    ],
    contexts: [{ name: 'current', cluster: 'current', user: 'current' }],
    currentContext: 'current',
  });
  return async () => {
    const options: HttpsOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch {
      // The error holds the plugin's stderr or its unparsed output, which may be a token: nothing of it is kept.
      const name = user.exec?.command ?? provider?.name ?? 'unknown';
      throw new OperatorError(
        'MCO_KUBECONFIG',
        `the kubeconfig's credential plugin "${name}" failed; run it by hand`,
      );
    }
    const authorization = options.headers?.['Authorization'];
    return {
      ...(authorization === undefined ? {} : { authorization: new Secret(authorization) }),
      ...(options.cert === undefined ? {} : { cert: Buffer.from(options.cert) }),
      ...(options.key === undefined ? {} : { key: Buffer.from(options.key) }),
    };
  };
};
