import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { findCondition } from '../../src/api/conditions.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { deadWebhook, refuse, type Rule, webhook } from '../helpers/admission.ts';
import { mints, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** Admission that does not take what the operator writes: its words are in a condition, whatever the write was. */
let admin: AdminClient;
beforeAll(() => {
  admin = adminClient(inject('kubeconfig'));
});
afterAll(() => admin[Symbol.asyncDispose]());

const api = '/apis/machine-client.dev/v1beta1';
const onlyGit = 'only Git may write here';

/** In force once a write of the test's own, which changes nothing that matters, is refused. */
const denyUpdates = async (
  world: World,
  rule: Pick<Rule, 'resource' | 'apiGroup' | 'objectName'>,
  path: string,
) => {
  const policy = await refuse(admin, {
    name: `${world.namespace}-${rule.resource}`,
    namespace: world.namespace,
    operations: ['UPDATE'],
    allows: 'false',
    message: onlyGit,
    ...rule,
  });
  await until('the policy is in force', async () => {
    const { status } = await admin.call('PATCH', `${path}?dryRun=All`, {
      metadata: { labels: { try: 'it' } },
    });
    return status === 422;
  });
  return policy;
};

test('a fence that is refused: a new client says so and is not made, a published one stays Ready, a deleted one does not', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('there');
  await world.client('goes');
  await world.ready('there');
  await world.ready('goes');
  const path = `${api}/namespaces/${world.namespace}/machineclients`;
  const before = mints(world.simulator);
  {
    await using _policy = await denyUpdates(
      world,
      { apiGroup: 'machine-client.dev', resource: 'machineclients' },
      `${path}/there`,
    );
    await world.client('fresh');
    const fresh = await world.condition('fresh', 'Ready', 'False', 'KubernetesError');
    expect(said(fresh, 'Ready')).toContain(
      `cannot patch machineclients.machine-client.dev "fresh" in namespace "${world.namespace}": Invalid (422)`,
    );
    expect(said(fresh, 'Ready')).toContain(onlyGit);
    expect(said(fresh, 'Reconciling')).toContain(onlyGit);
    await world.delete('goes');
    const goes = await until('the deleted one says why it stays', async () => {
      const object = await world.get('goes');
      return findCondition(object.status?.conditions, 'Ready')?.status === 'False' && object;
    });
    expect(said(goes, 'Ready')).toContain(onlyGit);
    expect(said(await world.get('there'), 'Ready')).toBe(works);
    expect(mints(world.simulator)).toBe(before);
  }
  await world.ready('fresh', 60_000);
  await until('the deleted one has gone', () => world.isGone('goes'), { timeoutMs: 60_000 });
  expect(mints(world.simulator)).toBe(before + 1);
});

const saysOnProvider = async (world: World): Promise<void> => {
  const provider = await until('the provider says what is refused', async () => {
    const object = await world.getProvider();
    return findCondition(object.status?.conditions, 'Reconciling')?.status === 'True' && object;
  });
  expect(said(provider, 'Ready')).toMatch(/^True AccountReachable/);
  expect(said(provider, 'Reconciling')).toMatch(/^True KubernetesError/);
  expect(said(provider, 'Reconciling')).toContain(onlyGit);
};

test("a provider's own finalizer that is refused is said there, and its clients are served", async () => {
  await using world = await World.make(inject('kubeconfig'));
  await world.provider();
  const path = `${api}/namespaces/${world.namespace}/identityproviders/${world.providerName}`;
  await using _policy = await denyUpdates(
    world,
    { apiGroup: 'machine-client.dev', resource: 'identityproviders' },
    path,
  );
  world.operator();
  await world.client('served');
  await world.ready('served');
  await saysOnProvider(world);
});

test("a finalizer of a provider's credential that is refused is said on the provider, until it is taken", async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  const objectName = `${world.providerName}-management`;
  {
    await using _policy = await denyUpdates(
      world,
      { resource: 'secrets', objectName },
      `/api/v1/namespaces/${world.namespace}/secrets/${objectName}`,
    );
    await world.client('served');
    await world.ready('served');
    await saysOnProvider(world);
  }
  await until('it is not refused any more', async () => {
    const provider = await world.getProvider();
    return findCondition(provider.status?.conditions, 'Reconciling')?.status === 'False';
  });
});

test('a webhook that does not answer is named, nothing is minted, and what works stays Ready', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('there');
  await world.ready('there');
  const before = mints(world.simulator);
  {
    const name = `${world.namespace}.secrets.example.com`;
    await using _webhook = await deadWebhook(admin, name, world.namespace);
    await until('the webhook is in force', async () => {
      const { status } = await admin.call(
        'PATCH',
        `/api/v1/namespaces/${world.namespace}/secrets/there?dryRun=All`,
        { metadata: { labels: { try: 'it' } } },
      );
      return status === 500;
    });
    await world.client('fresh');
    const fresh = await world.condition('fresh', 'Ready', 'False', 'KubernetesError');
    expect(said(fresh, 'Ready')).toBe(
      `False KubernetesError: cannot create secrets "fresh" in namespace "${world.namespace}": InternalError (500): the admission webhook "${name}" could not be called`,
    );
    await world.patch('there', {
      metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
    });
    const there = await until('the rotation says what stops it', async () => {
      const object = await world.get('there');
      return (
        findCondition(object.status?.conditions, 'RotationInProgress')?.reason === 'KubernetesError' && object
      );
    });
    expect(said(there, 'RotationInProgress')).toContain(
      `the admission webhook "${name}" could not be called`,
    );
    expect(said(there, 'Ready')).toBe(works);
    expect(mints(world.simulator)).toBe(before);
  }
  await world.ready('fresh', 60_000);
});

test('writes of MachineClients that take longer than a call may wait behind its fence: the API server is blamed, and it is made', async () => {
  await using world = await World.make(inject('kubeconfig'));
  // A quarter of a second here stands for the five of W, and this for six.
  await using _webhook = await webhook(admin, {
    name: `${world.namespace}.slow.example.com`,
    namespace: world.namespace,
    apiGroup: 'machine-client.dev',
    resource: 'machineclients',
    delayMs: 300,
  });
  const operator = world.operator();
  await world.provider();
  const path = `${api}/namespaces/${world.namespace}/machineclients`;
  await until('the webhook is asked', async () => {
    const begun = performance.now();
    await admin.call('POST', `${path}?dryRun=All`, {
      apiVersion: 'machine-client.dev/v1beta1',
      kind: 'MachineClient',
      metadata: { name: 'probe' },
      spec: { providerRef: { name: 'none' } },
    });
    return performance.now() - begun > 250;
  });
  await world.client('slow');
  await world.ready('slow', 60_000);
  expect(await world.works('slow')).toBe(true);
  expect(
    operator.output.some((line) =>
      line.includes('the API server took so long for a write of this MachineClient'),
    ),
  ).toBe(true);
  expect(operator.output.filter((line) => line.includes('ProviderUnreachable'))).toEqual([]);
});

test('a webhook that rewrites what is published is seen in the dry run: one Stalled reason names the key, and nothing is minted', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('there');
  await world.ready('there');
  const before = mints(world.simulator);
  {
    await using _webhook = await webhook(admin, {
      name: `${world.namespace}.rewrites.example.com`,
      namespace: world.namespace,
      resource: 'secrets',
      patch: ({ data }) =>
        data?.['token-url'] === undefined
          ? []
          : [
              {
                op: 'replace',
                path: '/data/token-url',
                value: Buffer.from('https://mesh').toString('base64'),
              },
            ],
    });
    const secrets = `/api/v1/namespaces/${world.namespace}/secrets`;
    await until('the webhook is in force', async () => {
      const { body } = await admin.call('POST', `${secrets}?dryRun=All`, {
        metadata: { name: 'probe' },
        data: { 'token-url': 'eA==' },
      });
      return (body as { data?: { 'token-url'?: string } }).data?.['token-url'] !== 'eA==';
    });
    await world.client('fresh');
    const fresh = await world.condition('fresh', 'Stalled', 'True', 'SecretRewritten');
    expect(said(fresh, 'Ready')).toBe(
      'False SecretRewritten: admission in this cluster (a mutating webhook or policy) changes the key token-url of the Secret fresh as it is written; let it leave that as it is, and ask for a look with the annotation machine-client.dev/reconcile-requested',
    );
    await world.patch('there', {
      metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
    });
    const there = await world.condition('there', 'RotationInProgress', 'False', 'SecretRewritten');
    expect(said(there, 'Ready')).toBe(works);
    expect(mints(world.simulator)).toBe(before);
  }
  for (const name of ['fresh', 'there'])
    await world.patch(name, {
      metadata: { annotations: { 'machine-client.dev/reconcile-requested': 'look' } },
    });
  await world.ready('fresh', 60_000);
  await until('the rotation goes on', async () => (await world.get('there')).status?.secretVersion === 2);
});
