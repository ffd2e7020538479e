import type { ApiAnswer, ApiWatch } from '../../faults/simulation/api-server/api.ts';
import { MemoryApiServer } from '../../faults/simulation/api-server/server.ts';
import { readCrds } from '../../helpers/install-crds.ts';
import { type Line, type OpenWatch, plain, type Reply, type Rig } from './rig.ts';

const isWatch = (answer: ApiAnswer | ApiWatch): answer is ApiWatch => 'next' in answer;

const replyOf = ({ status, headers, body }: ApiAnswer): Reply => {
  const isJson = headers['content-type'] === 'application/json';
  return { status, headers, body: isJson ? plain(JSON.parse(body)) : body };
};

const refused = (reply: Reply): OpenWatch => {
  const lines: Line[] = [{ type: 'REFUSED', object: reply.body }];
  return { status: reply.status, next: async () => lines.shift(), close: () => {} };
};

/** Of a watch that is waited for until its next line has come. */
const opened = (watch: ApiWatch): OpenWatch => ({
  status: 200,
  next: () =>
    new Promise((resolve) => {
      const take = (): void => {
        const line = watch.next();
        if (line === undefined && !watch.ended) return;
        watch.onPending = undefined;
        if (line === undefined) resolve(undefined);
        else {
          const { type, object } = JSON.parse(line) as Line;
          resolve({ type, object: plain(object) });
        }
      };
      watch.onPending = take;
      take();
    }),
  close: () => watch.close(),
});

/** The API server of the simulation, with the time of day and numbers that are not random. */
export const memoryRig = async (): Promise<Rig> => {
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const server = new MemoryApiServer({ now: () => Date.now(), random, crds: await readCrds() });
  return {
    call: async (method, path, body, headers = {}) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const answer = server.handle({
        method,
        path,
        headers: { accept: 'application/json', 'content-type': type, ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      if (isWatch(answer)) throw new Error(`${path} is a watch`);
      return replyOf(answer);
    },
    watch: async (path, headers = {}) => {
      const answer = server.handle({
        method: 'GET',
        path,
        headers: { accept: 'application/json', ...headers },
        body: undefined,
      });
      return isWatch(answer) ? opened(answer) : refused(replyOf(answer));
    },
    limitSecrets: async (namespace, most) => server.limit(namespace, 'secrets', most),
    pause: async () => {
      while (server.tick());
    },
    [Symbol.asyncDispose]: async () => {},
  };
};
