import { randomBytes } from 'node:crypto';
import { afterAll, expect, type ExpectStatic, inject, test } from 'vitest';
import { type Answer, adminClient } from '../control-plane/admin-client.ts';

/** What the other tests take for granted: this control plane does what a cluster does, and not only store objects. */

const client = adminClient(inject('kubeconfig'));
afterAll(() => client[Symbol.asyncDispose]());

const uniqueName = (base: string): string => `${base}-${randomBytes(4).toString('hex')}`;

const must = async (...request: Parameters<typeof client.call>): Promise<Answer['body']> => {
  const { status, body } = await client.call(...request);
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
};

const makeNamespace = async (base: string): Promise<string> => {
  const name = uniqueName(base);
  await must('POST', '/api/v1/namespaces', { metadata: { name } });
  return name;
};

/** With the `expect` of the test: where several run at once, the one of the file is of whichever ran last. */
const isGone = async (expect: ExpectStatic, path: string): Promise<void> => {
  await expect.poll(async () => (await client.call('GET', path)).status, { timeout: 60_000 }).toBe(404);
};

test.concurrent('a quota is counted, and what exceeds it is refused', async ({ expect }) => {
  const namespace = await makeNamespace('quota');
  const quota = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const hard = { secrets: '1', services: '0' };
  await must('POST', quota, { metadata: { name: 'one-secret' }, spec: { hard } });
  const status = async (): Promise<unknown> => (await must('GET', `${quota}/one-secret`)).status;
  await expect.poll(status, { timeout: 60_000 }).toEqual({ hard, used: { secrets: '0', services: '0' } });
  // Admission has a cache of its own: what it does not know of yet it does not count.
  const service = { metadata: { name: 'none' }, spec: { ports: [{ port: 80 }] } };
  const refusedByDryRun = async (): Promise<number> =>
    (await client.call('POST', `/api/v1/namespaces/${namespace}/services?dryRun=All`, service)).status;
  await expect.poll(refusedByDryRun, { timeout: 60_000 }).toBe(403);

  await must('POST', secrets, { metadata: { name: 'first' } });
  const second = await client.call('POST', secrets, { metadata: { name: 'second' } });

  expect(second.status).toBe(403);
  expect(second.body.message).toContain('exceeded quota: one-secret');
  await expect.poll(status, { timeout: 60_000 }).toEqual({ hard, used: { secrets: '1', services: '0' } });
  await must('DELETE', `/api/v1/namespaces/${namespace}`);
});

test.concurrent('a deleted namespace ends, with what it holds', async ({ expect }) => {
  const namespace = await makeNamespace('ending');
  await must('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 'left-behind' } });
  await must('DELETE', `/api/v1/namespaces/${namespace}`);
  await isGone(expect, `/api/v1/namespaces/${namespace}`);
});

test.concurrent('an object whose owner is deleted is collected', async ({ expect }) => {
  const namespace = await makeNamespace('garbage');
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  const owner = await must('POST', configMaps, { metadata: { name: 'owner' } });
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
  await must('POST', configMaps, { metadata: { name: 'owned', ownerReferences: [reference] } });
  await must('DELETE', `${configMaps}/owner`);
  await isGone(expect, `${configMaps}/owned`);
  await must('DELETE', `/api/v1/namespaces/${namespace}`);
});

test.concurrent('a labelled cluster role is aggregated into view', async ({ expect }) => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
  const name = uniqueName('aggregated');
  const rule = { apiGroups: ['machine-client.dev'], resources: [name], verbs: ['get'] };
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  await must('POST', roles, { metadata: { name, labels }, rules: [rule] });
  const viewRules = async (): Promise<unknown> => (await must('GET', `${roles}/view`)).rules;
  await expect.poll(viewRules, { timeout: 60_000 }).toContainEqual(rule);
  await must('DELETE', `${roles}/${name}`);
});

test.concurrent('a deployment gets a replica set, and that its pods', async ({ expect }) => {
  const namespace = await makeNamespace('rollout');
  const labels = { app: 'consumer' };
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await must('POST', deployments, {
    metadata: { name: 'consumer' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'consumer' }] } },
    },
  });
  const count = (path: string) => async (): Promise<number> => (await must('GET', path)).items.length;
  await expect.poll(count(`/apis/apps/v1/namespaces/${namespace}/replicasets`), { timeout: 60_000 }).toBe(1);
  await expect.poll(count(`/api/v1/namespaces/${namespace}/pods`), { timeout: 60_000 }).toBe(2);
  await must('DELETE', `/api/v1/namespaces/${namespace}`);
});

test.concurrent('a service account may do what its role says, and nothing else', async ({ expect }) => {
  const namespace = await makeNamespace('least');
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await must('POST', accounts, { metadata: { name: 'reader' } });
  await must('POST', `${rbac}/roles`, {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
  });
  await must('POST', `${rbac}/rolebindings`, {
    metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader' }],
  });
  const { token } = (await must('POST', `${accounts}/reader/token`, { spec: {} })).status;
  const statusOf = (path: string) => async (): Promise<number> =>
    (await client.call('GET', `/api/v1/namespaces/${namespace}/${path}`, undefined, { token })).status;

  // The authorizer reads roles from a watch, so a new one takes a moment.
  await expect.poll(statusOf('configmaps'), { timeout: 60_000 }).toBe(200);
  expect(await statusOf('secrets')()).toBe(403);
  await must('DELETE', `/api/v1/namespaces/${namespace}`);
});
