import { describe, expect, test } from 'vitest';
import { apiVersion, causesOf, collectionOf, kinds, uniqueName, useCluster } from './api-shape/cluster.ts';

/** What a user of the three kinds meets besides the rules of their fields, which api-shape/ has. */

const { client, namespace, tryCreate, create } = useCluster('shape');

const providerRef = { name: 'stytch' };
const ref = { name: 'management', key: 'secret' };
const stytch = {
  type: 'Stytch',
  stytch: { projectId: 'project-test-1', auth: { type: 'Secret', secretKeyRef: ref } },
};

describe('what is left out gets its default', () => {
  test('MachineClient', async () => {
    const minimal = {
      providerRef: { kind: 'IdentityProvider', name: 'stytch' },
      state: 'Active',
      adoptionPolicy: 'Never',
      credential: { type: 'ClientSecret' },
      managementPolicy: 'Manage',
      deletionPolicy: 'Delete',
      suspend: false,
      secret: { type: 'Opaque', creationPolicy: 'Create', deletionPolicy: 'Delete' },
      rotation: { overlap: '24h', method: 'Overlap', verification: 'OnRotation' },
    };
    expect((await tryCreate('MachineClient', { providerRef })).body).toMatchObject({
      spec: minimal,
      status: { observedGeneration: -1 },
    });
    const { body } = await tryCreate('MachineClient', {
      providerRef,
      authress: {},
      restart: { targets: [{ kind: 'Deployment', name: 'billing' }] },
      secret: { name: 'given' },
      rotation: { interval: '1h' },
    });
    expect(body.spec).toEqual({
      ...minimal,
      authress: {},
      restart: {
        targets: [{ kind: 'Deployment', name: 'billing' }],
        discover: false,
        deadline: '30m',
      },
      secret: { ...minimal.secret, name: 'given' },
      rotation: { ...minimal.rotation, interval: '1h' },
    });
    const plastiq = await tryCreate('MachineClient', { providerRef, plastiq: {} });
    expect(plastiq.body.spec.plastiq).toEqual({ version: 'V2', secretType: 'Card' });
  });

  test.each([
    ['IdentityProvider', ['*']],
    ['ClusterIdentityProvider', []],
  ] as const)('%s', async (kind, otherwise) => {
    const clientPolicy = {
      adoption: 'Deny',
      impersonation: 'Deny',
      scopes: otherwise,
      audiences: otherwise,
      organizationIds: otherwise,
      payerIds: otherwise,
      tokenPolicies: otherwise,
      customClaims: otherwise,
      customMetadata: otherwise,
    };
    const { body } = await tryCreate(kind, stytch);
    expect(body.spec).toEqual({
      ...stytch,
      connection: { timeout: '10s' },
      resyncInterval: '1h',
      orphanPolicy: 'Report',
      massDeletionPolicy: 'Delete',
      clientPolicy,
    });
    expect(body.status).toEqual({ observedGeneration: -1 });
    const partly = await tryCreate(kind, { ...stytch, limits: { burst: 1 }, clientPolicy: { scopes: [] } });
    expect(partly.body.spec.limits).toEqual({ burst: 1 });
    expect(partly.body.spec.clientPolicy).toEqual({ ...clientPolicy, scopes: [] });
  });
});

test('the name of a MachineClient fits into a label', async () => {
  expect((await create('MachineClient', { providerRef }, 'a'.repeat(63))).status).toBe(201);
  const refused = await create('MachineClient', { providerRef }, 'a'.repeat(64));
  expect(refused.status).toBe(422);
  expect(causesOf(refused)).toMatchObject([{ field: 'metadata.name', reason: 'FieldValueTooLong' }]);
});

test('what stands twice in a set, or in a list with keys, is refused', async () => {
  const file = { type: 'JSON', key: 'all.json' };
  const doubled = [
    [
      'MachineClient',
      'spec.secret.outputFormats[]',
      { providerRef, secret: { outputFormats: [file, file] } },
    ],
    [
      'ClusterIdentityProvider',
      'spec.allowedNamespaces.names[]',
      { ...stytch, allowedNamespaces: { names: ['a', 'a'] } },
    ],
  ] as const;
  for (const [kind, field, spec] of doubled) {
    const refused = await tryCreate(kind, spec);
    expect(causesOf(refused), field).toMatchObject([{ field, reason: 'FieldValueDuplicate' }]);
  }
});

test('short names and the category', async () => {
  const { body } = await client.call('GET', `/apis/${apiVersion}`);
  const resources: { name: string; kind: string; namespaced: boolean }[] = body.resources;
  const shown = resources.filter(({ name }) => !name.includes('/'));
  const categories = ['machine-clients'];
  expect(shown.sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
    { name: 'clusteridentityproviders', namespaced: false, shortNames: ['cidp'], categories },
    { name: 'identityproviders', namespaced: true, shortNames: ['idp'], categories },
    { name: 'machineclients', namespaced: true, shortNames: ['mcl'], categories },
  ]);
});

test('the definition of MachineClient says that it is a provisioned service', async () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { body } = await client.call('GET', `${definitions}/machineclients.machine-client.dev`);
  expect(body.metadata.labels).toEqual({ 'servicebinding.io/provisioned-service': 'true' });
});

describe('the status', () => {
  test.each(kinds)('of %s is a subresource', async (kind) => {
    const spec = kind === 'MachineClient' ? { providerRef } : stytch;
    const name = uniqueName('status');
    expect((await create(kind, spec, name)).status).toBe(201);
    const path = `${collectionOf(kind, namespace)}/${name}`;
    const over = await client.call('PATCH', path, { status: { observedGeneration: 7 } });
    expect(over.body).toMatchObject({ metadata: { generation: 1 }, status: { observedGeneration: -1 } });

    const written = await client.call('PATCH', `${path}/status`, {
      spec: { unheardOf: true },
      status: { observedGeneration: 1 },
    });
    expect(written.body).toMatchObject({ metadata: { generation: 1 }, status: { observedGeneration: 1 } });
    expect(written.body.spec).toEqual(over.body.spec);

    const changes = kind === 'MachineClient' ? { suspend: true } : { orphanPolicy: 'Delete' };
    const changed = await client.call('PATCH', path, { spec: changes });
    expect(changed.body.metadata.generation).toBe(2);
  });
});

describe('kubectl get', () => {
  interface Column {
    readonly name: string;
    readonly type: string;
    readonly priority: number;
  }
  /** The columns as `name type`, wide ones in parentheses, and the cells of one object. */
  const table = async (path: string): Promise<{ columns: string[]; cells: unknown[] }> => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await client.call('GET', path, undefined, { headers: { accept } });
    const columns: Column[] = body.columnDefinitions;
    return {
      columns: columns.map(({ name, type, priority }) =>
        priority ? `(${name} ${type})` : `${name} ${type}`,
      ),
      cells: body.rows[0].cells,
    };
  };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Ready',
    message: 'the Secret works',
    lastTransitionTime: '2026-11-21T08:00:00Z',
  };

  test('MachineClient', async () => {
    await create('MachineClient', { providerRef }, 'shown');
    const path = `${collectionOf('MachineClient', namespace)}/shown`;
    const nextRotationTime = '2126-11-21T08:00:00Z';
    await client.call('PATCH', `${path}/status`, {
      status: {
        conditions: [ready],
        clientId: 'client-1',
        secretSuffix: '****bWZ9',
        secretVersion: 4,
        binding: { name: 'credential' },
        nextRotationTime,
      },
    });
    const { columns, cells } = await table(path);
    expect(columns).toEqual([
      'Name string',
      'Ready string',
      'Reason string',
      'Secret string',
      'Suffix string',
      'Next rotation string',
      'Age date',
      '(Client ID string)',
      '(Provider string)',
      '(Version integer)',
    ]);
    const age = expect.stringMatching(/^\d+s$/);
    expect(cells).toEqual([
      'shown',
      'True',
      'Ready',
      'credential',
      '****bWZ9',
      nextRotationTime,
      age,
      'client-1',
      'stytch',
      4,
    ]);
  });

  test.each(['IdentityProvider', 'ClusterIdentityProvider'] as const)('%s', async (kind) => {
    const name = uniqueName('shown');
    await create(kind, stytch, name);
    const path = `${collectionOf(kind, namespace)}/${name}`;
    const account = 'stytch/project-test-1';
    await client.call('PATCH', `${path}/status`, {
      status: { conditions: [ready], account, orphans: { count: 2 } },
    });
    const { columns, cells } = await table(path);
    expect(columns).toEqual([
      'Name string',
      'Ready string',
      'Type string',
      'Account string',
      'Age date',
      '(Orphans integer)',
      '(Reason string)',
      '(Message string)',
    ]);
    const age = expect.stringMatching(/^\d+s$/);
    expect(cells).toEqual([name, 'True', 'Stytch', account, age, 2, 'Ready', 'the Secret works']);
  });
});

test('MachineClients are found by provider, by Secret and by binding', async () => {
  await create('MachineClient', { providerRef: { name: 'one' }, secret: { name: 'first' } }, 'found-1');
  await create('MachineClient', { providerRef: { name: 'two' }, secret: { name: 'second' } }, 'found-2');
  const collection = collectionOf('MachineClient', namespace);
  await client.call('PATCH', `${collection}/found-2/status`, { status: { binding: { name: 'bound' } } });
  const found = async (selector: string): Promise<string[]> => {
    const { body } = await client.call('GET', `${collection}?fieldSelector=${selector}`);
    return body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
  };
  expect(await found('spec.providerRef.name%3Done')).toEqual(['found-1']);
  expect(await found('spec.secret.name%3Dsecond')).toEqual(['found-2']);
  expect(await found('status.binding.name%3Dbound')).toEqual(['found-2']);
});
