import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request } from 'undici';

export interface Answer {
  readonly status: number;
  /** The decoded JSON body; `any`, since a test reads what it has just asked for. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what the API server sends back has the type that the test expects
  readonly body: any;
  /** What the API server warned of, as the `Warning` header says it. */
  readonly warnings: readonly string[];
}

interface Extras {
  /** A bearer token in place of the kubeconfig's credentials. */
  readonly token?: string;
  /** Put over the usual headers, for example another content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Plain requests to the cluster under test, in no part through the operator's own client. */
export interface AdminClient extends AsyncDisposable {
  /**
   * Sends one request; an answer of 4xx or 5xx is an answer too.
   *
   * @param body sent as JSON; with PATCH as a merge patch, unless the content type says another one
   */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    extras?: Extras,
  ): Promise<Answer>;
}

export const adminClient = (kubeconfigPath: string): AdminClient => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${kubeconfigPath} has no current cluster`);
  const user = config.getCurrentUser();
  const decode = (data: string | undefined): Buffer | undefined =>
    data === undefined ? undefined : Buffer.from(data, 'base64');
  const ca = decode(cluster.caData);
  const cert = decode(user?.certData);
  const key = decode(user?.keyData);
  const agentWith = (own: object): Agent => new Agent({ connect: { ...(ca && { ca }), ...own } });
  const asUser = agentWith(cert && key ? { cert, key } : {});
  // A client certificate would win over a token, so requests with a token of their own go without it.
  const asBearer = agentWith({});
  return {
    call: async (method, path, body, { token, headers: own } = {}) => {
      const bearer = token ?? user?.token;
      const headers = {
        accept: 'application/json',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...(bearer && { authorization: `Bearer ${bearer}` }),
        ...own,
      };
      const dispatcher = token ? asBearer : asUser;
      const payload = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await request(new URL(path, cluster.server), {
        method,
        headers,
        body: payload,
        dispatcher,
      });
      const warnings = [answer.headers.warning ?? []].flat();
      return { status: answer.statusCode, body: await answer.body.json(), warnings };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([asUser.destroy(), asBearer.destroy()]);
    },
  };
};
