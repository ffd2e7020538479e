import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { adminClient } from '../../control-plane/admin-client.ts';
import { fullQuota } from '../../helpers/full-quota.ts';
import { installCrds } from '../../helpers/install-crds.ts';
import { type Line, plain, type Rig } from './rig.ts';

const parsed = (text: string): unknown => {
  try {
    return plain(JSON.parse(text));
  } catch {
    return text;
  }
};

/** The lines of a stream, as they come. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as Line;
      yield { type, object: plain(object) };
    }
  }
}

/** The API server under test, as its administrator. */
export const realRig = async (kubeconfigPath: string): Promise<Rig> => {
  {
    await using admin = adminClient(kubeconfigPath);
    await installCrds(admin);
  }
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) throw new Error(`${kubeconfigPath} has no current cluster`);
  const decode = (data: string | undefined): Buffer | undefined =>
    data === undefined ? undefined : Buffer.from(data, 'base64');
  const connect = Object.fromEntries(
    Object.entries({
      ca: decode(cluster.caData),
      cert: decode(user.certData),
      key: decode(user.keyData),
    }).filter(([, value]) => value !== undefined),
  );
  const agent = new Agent({ connect, bodyTimeout: 0 });

  const send = (
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ) =>
    request(new URL(path, cluster.server), {
      dispatcher: agent,
      method,
      headers: {
        accept: 'application/json',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...(user.token && { authorization: `Bearer ${user.token}` }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      ...(signal && { signal }),
    });

  const call: Rig['call'] = async (method, path, body, headers = {}) => {
    const answer = await send(method, path, body, headers);
    const retryAfter = answer.headers['retry-after'];
    return {
      status: answer.statusCode,
      headers: { 'retry-after': Array.isArray(retryAfter) ? retryAfter[0] : retryAfter },
      body: parsed(await answer.body.text()),
    };
  };

  return {
    call,
    watch: async (path, headers = {}) => {
      const end = new AbortController();
      const answer = await send('GET', path, undefined, headers, end.signal);
      const { statusCode: status } = answer;
      if (status !== 200) {
        const lines: Line[] = [{ type: 'REFUSED', object: parsed(await answer.body.text()) }];
        return { status, next: async () => lines.shift(), close: () => {} };
      }
      const lines = linesOf(answer.body as AsyncIterable<Buffer>);
      return {
        status,
        next: async () => {
          const { value, done } = await lines.next();
          return done === true ? undefined : value;
        },
        close: () => end.abort(),
      };
    },
    limitSecrets: (namespace, most) => fullQuota({ call }, namespace, 'quota', most),
    pause: () => sleep(50),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
};
