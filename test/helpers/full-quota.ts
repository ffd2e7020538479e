import type { Answer } from '../control-plane/admin-client.ts';
import { until } from './until.ts';

/** Who asks the API server, as its administrator. */
interface Caller {
  call(method: 'POST', path: string, body: object): Promise<Pick<Answer, 'status' | 'body'>>;
}

/**
 * A ResourceQuota over the Secrets of a namespace that has at least so many, in force when this resolves.
 *
 * Two caches have to see it: the controller's, which counts what is there, and that of admission, which
 * refuses. Its counted status alone says nothing about the second, so a dry run is asked until it is refused.
 */
export const fullQuota = async (
  caller: Caller,
  namespace: string,
  name: string,
  most: number,
): Promise<void> => {
  const namespaced = `/api/v1/namespaces/${namespace}`;
  const { status, body } = await caller.call('POST', `${namespaced}/resourcequotas`, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name },
    spec: { hard: { 'count/secrets': String(most) } },
  });
  if (status !== 201) throw new Error(`the quota ${name} was not made: ${JSON.stringify(body)}`);
  const oneMore = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one-more' } };
  await until('the quota is in force', async () => {
    const answer = await caller.call('POST', `${namespaced}/secrets?dryRun=All`, oneMore);
    return answer.status === 403 && String(answer.body.message).includes(`exceeded quota: ${name}`);
  });
};
