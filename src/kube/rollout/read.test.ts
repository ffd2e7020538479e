import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKubeClient, type KubeClient } from '../client.ts';
import { testTransport } from '../testing/test-transport.ts';
import { isList, refuse, UnkindServer } from '../testing/unkind-server.ts';
import { readJobs } from './jobs.ts';
import { type Consumed, readConsumers } from './read.ts';
import { restartAnnotations } from './workload.ts';

/** What a namespace has, and what is read of it for an object. */

let server: UnkindServer;
let transport: ReturnType<typeof testTransport>;
let kube: KubeClient;
beforeEach(async () => {
  server = await UnkindServer.start();
  transport = testTransport(server.url);
  kube = createKubeClient(transport.transport);
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const reads = (secret: string) => ({ containers: [{ envFrom: [{ secretRef: { name: secret } }] }] });
const has = (path: string, body: object): void => void server.objects.create(path, body);
const workload = (plural: string, name: string, secret: string, annotations?: object): void =>
  has(`/apis/apps/v1/namespaces/ns/${plural}/${name}`, {
    metadata: { name },
    spec: { template: { ...(annotations && { metadata: { annotations } }), spec: reads(secret) } },
  });
type Restart = NonNullable<Consumed['spec']['restart']>;
const object = (restart?: Omit<Restart, 'deadline'>): Consumed => ({
  namespace: 'ns',
  name: 'app',
  spec: { secret: { name: 'app-secret' }, ...(restart && { restart: { ...restart, deadline: '5m' } }) },
});
type Target = NonNullable<Restart['targets']>[number];
const targets = (...all: readonly Target[]): Omit<Restart, 'deadline'> => ({
  targets: [...all],
  discover: false,
});

describe('consumers', () => {
  test('nobody is asked for anything where nothing is to be restarted', async () => {
    expect(await readConsumers(kube, object())).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test('that are named are read one by one, with what they were restarted for, and one that is not there says so', async () => {
    workload('deployments', 'billing', 'any', restartAnnotations('app', { version: '3', operation: 'op' }));
    workload('daemonsets', 'agent', 'any', { 'secret-version.machine-client.dev/app': '2' });
    const named = targets(
      { kind: 'StatefulSet', name: 'gone' },
      { kind: 'Deployment', name: 'billing' },
      { kind: 'DaemonSet', name: 'agent' },
    );
    const waits = { waitsFor: expect.any(String) as unknown };
    expect(await readConsumers(kube, object(named))).toMatchObject([
      { kind: 'DaemonSet', name: 'agent', publication: { version: '2', operation: '' } },
      { kind: 'Deployment', name: 'billing', publication: { version: '3', operation: 'op' }, ...waits },
      { kind: 'StatefulSet', name: 'gone', uid: undefined, waitsFor: 'it does not exist' },
    ]);
    expect(server.count(isList)).toBe(3);
    expect(server.requests.every(({ path }) => path.split('/').length === 8)).toBe(true);
  });

  test('a refusal is no absence', async () => {
    server.always(() => true, refuse(403, 'Forbidden'));
    await expect(
      readConsumers(kube, object(targets({ kind: 'Deployment', name: 'billing' }))),
    ).rejects.toMatchObject({
      reason: 'Forbidden',
    });
  });

  test('that a selector matches are listed in the namespace, by the labels that it says', async () => {
    workload('deployments', 'billing', 'any');
    const found = await readConsumers(
      kube,
      object(
        targets({
          kind: 'Deployment',
          selector: { matchLabels: { app: 'x', tier: 'y' }, matchExpressions: [] },
        }),
      ),
    );
    expect(found.map(({ name }) => name)).toEqual(['billing']);
    expect(server.requests).toMatchObject([{ path: '/apis/apps/v1/namespaces/ns/deployments' }]);
    expect(server.requests[0]?.query.get('labelSelector')).toBe('app=x,tier=y');
  });

  test('that are discovered read the Secret; each is there once, in the order of kind and name', async () => {
    workload('deployments', 'b', 'app-secret');
    workload('deployments', 'a', 'app-secret');
    workload('deployments', 'other', 'another');
    workload('statefulsets', 'c', 'app-secret');
    const all = await readConsumers(
      kube,
      object({ targets: [{ kind: 'Deployment', name: 'b' }], discover: true }),
    );
    expect(all.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'Deployment a',
      'Deployment b',
      'StatefulSet c',
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/apis/apps/v1/namespaces/ns/deployments/b',
      ...['deployments', 'statefulsets', 'daemonsets'].map((kind) => `/apis/apps/v1/namespaces/ns/${kind}`),
    ]);
    server.requests.length = 0;
    expect(await readConsumers(kube, object({ targets: [], discover: false }))).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test('a signal that has come ends it', async () => {
    workload('deployments', 'b', 'app-secret');
    const ended = AbortSignal.abort(new Error('over'));
    for (const restart of [
      targets({ kind: 'Deployment', name: 'b' }),
      targets({ kind: 'Deployment', selector: { matchLabels: { app: 'x' } } }),
      { targets: [], discover: true },
    ])
      await expect(readConsumers(kube, object(restart), ended)).rejects.toThrow();
    await expect(readJobs(kube, object(), ended)).rejects.toThrow();
    expect(server.requests).toEqual([]);
  });
});

describe('jobs', () => {
  const job = (name: string, more: object = {}, status?: object): void =>
    has(`/apis/batch/v1/namespaces/ns/jobs/${name}`, {
      metadata: { name, ...more },
      spec: { template: { spec: reads('app-secret') } },
      ...(status && { status }),
    });
  const ended = (type: string, status = 'True'): object => ({
    conditions: [
      { type: 'Suspended', status: 'False' },
      { type, status },
    ],
  });
  const owner = (kind: string, controller: boolean): object => ({
    ownerReferences: [
      { kind: 'Other', controller: false },
      { kind, controller },
    ],
  });

  test('are CronJobs that read the Secret, and Jobs of nobody that have not ended', async () => {
    for (const [name, secret] of [
      ['nightly', 'app-secret'],
      ['other', 'another'],
    ] as const)
      has(`/apis/batch/v1/namespaces/ns/cronjobs/${name}`, {
        metadata: { name },
        spec: { jobTemplate: { spec: { template: { spec: reads(secret) } } } },
      });
    has('/apis/batch/v1/namespaces/ns/cronjobs/empty', {
      metadata: { name: 'empty' },
      spec: { jobTemplate: { spec: { template: {} } } },
    });
    has('/apis/batch/v1/namespaces/ns/jobs/none', {
      metadata: { name: 'none' },
      spec: { template: { spec: reads('another') } },
    });
    job('runs');
    job('is-not-complete', {}, ended('Complete', 'False'));
    job('of-somebody-else', owner('Workflow', true));
    job('only-mentions-one', owner('CronJob', false));
    job('is-complete', {}, ended('Complete'));
    job('has-failed', {}, ended('Failed'));
    job('of-a-cronjob', owner('CronJob', true));
    expect(await readJobs(kube, object(), new AbortController().signal)).toEqual([
      'CronJob nightly',
      'Job runs',
      'Job is-not-complete',
      'Job of-somebody-else',
      'Job only-mentions-one',
    ]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/apis/batch/v1/namespaces/ns/cronjobs',
      '/apis/batch/v1/namespaces/ns/jobs',
    ]);
  });

  test('a refusal to list them is an error', async () => {
    server.always(({ path }) => path.endsWith('/jobs'), refuse(403, 'Forbidden'));
    await expect(readJobs(kube, object(), new AbortController().signal)).rejects.toMatchObject({
      reason: 'Forbidden',
    });
  });
});
