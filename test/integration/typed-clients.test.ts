import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../control-plane/admin-client.ts';
import { accepted } from '../types/accepted.ts';
import {
  apiVersion,
  collectionOf,
  type Kind,
  type Spec,
  uniqueName,
  useCluster,
  type Version,
} from './api-shape/cluster.ts';

/** What programs of others write, in TypeScript and in Go, and what docs/how-to/typed-clients.md says of absent lists. */

const { client, namespace, create } = useCluster('typed');
const go = async (...args: readonly string[]): Promise<string> => {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-mod=readonly' };
  const cwd = join(import.meta.dirname, '../../examples/go');
  return (await promisify(execFile)('go', args, { cwd, env })).stdout;
};

interface Written {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: object;
  readonly spec: object;
}

/** A dry run, in which every field has to be known. */
const post = ({ metadata, ...object }: Written): Promise<Answer> => {
  const version = object.apiVersion.split('/')[1] as Version;
  const collection = collectionOf(object.kind, namespace, undefined, version);
  const inNamespace = object.kind === 'ClusterIdentityProvider' ? metadata : { ...metadata, namespace };
  return client.call('POST', `${collection}?dryRun=All&fieldValidation=Strict`, {
    ...object,
    metadata: inNamespace,
  });
};

test.each(accepted.map((object) => ({ name: `${object.kind} of ${object.apiVersion}`, object })))(
  'what TypeScript takes is taken: $name',
  async ({ object }) => {
    const answer = await post(object);
    expect(answer.status, answer.body.message).toBe(201);
    expect(answer.warnings).toEqual([]);
    expect(answer.body.spec).toMatchObject(object.spec);
  },
);

describe('the example in Go', { timeout: 300_000 }, () => {
  test('is sound, and its own tests pass', async () => {
    await go('vet', './...');
    expect(await go('test', '-count=1', './...')).toMatch(/^ok\s/m);
  });

  test('writes what is taken, and what it leaves out stays out', async () => {
    const printed = (await go('run', '.')).trim().split('\n');
    const objects = printed.map((line) => JSON.parse(line) as Written);
    const answers = await Promise.all(objects.map(post));
    expect(answers.map(({ status, body }) => body.message ?? status)).toEqual([201, 201, 201]);
    expect(answers.map(({ body }) => [body.metadata.name, body.spec['scopes']])).toEqual([
      ['billing-worker', ['read:invoices']],
      ['scopes-not-managed', undefined],
      ['no-scopes', []],
    ]);
  });
});

const providerRef = { name: 'stytch' };
const types = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  put: 'application/json',
} as const;
type Way = keyof typeof types;

/** Writes the spec of an object of that name in that way, whole but for a merge patch; none is stored yet: it is made. */
const write = async (way: Way, name: string, spec: Spec, kind: Kind = 'MachineClient'): Promise<Answer> => {
  const path = `${collectionOf(kind, namespace)}/${name}`;
  const { status, body } = await client.call('GET', path);
  if (status === 404 && way !== 'apply') return create(kind, spec, name);
  const { resourceVersion } = way === 'put' ? body.metadata : {};
  const metadata = { name, ...(resourceVersion !== undefined && { resourceVersion }) };
  const query = `fieldValidation=Strict${way === 'apply' ? '&fieldManager=typed' : ''}`;
  return client.call(
    way === 'put' ? 'PUT' : 'PATCH',
    `${path}?${query}`,
    { apiVersion, kind, metadata, spec },
    { headers: { 'content-type': types[way] } },
  );
};

/** What is stored of a field after each of these specs was written over the one before it. */
const storedOf = async (field: string, way: Way, ...specs: readonly Spec[]): Promise<unknown[]> => {
  const name = uniqueName('written');
  const stored: unknown[] = [];
  for (const spec of specs) {
    const { status, body } = await write(way, name, { providerRef, ...spec });
    stored.push(status < 300 ? (body.spec[field] ?? 'absent') : status);
  }
  return stored;
};

const fields = [
  { field: 'scopes', some: ['a'], none: [] },
  { field: 'audiences', some: ['a'], none: [] },
  { field: 'customClaims', some: [{ key: 'a', value: 'b' }], none: [] },
  { field: 'displayName', some: 'a', none: '' },
] as const;

describe.each(fields)('$field', ({ field, some, none }) => {
  const [is, empty, isNull] = [{ [field]: some }, { [field]: none }, { [field]: null }];

  test('left out of an object that is new, updated or applied: it is absent', async () => {
    expect(await storedOf(field, 'put', {}, is, {})).toEqual(['absent', some, 'absent']);
    expect(await storedOf(field, 'apply', {}, is, {}, empty, {})).toEqual([
      'absent',
      some,
      'absent',
      none,
      'absent',
    ]);
  });

  test('left out of a merge patch, it stays; null takes it away', async () => {
    expect(await storedOf(field, 'merge', is, {}, isNull)).toEqual([some, some, 'absent']);
  });

  test('null in a new object or an update is dropped, and refused by server-side apply', async () => {
    expect(await storedOf(field, 'put', isNull, is, isNull)).toEqual(['absent', some, 'absent']);
    expect(await storedOf(field, 'apply', isNull)).toEqual([422]);
  });

  test('empty, it is stored as empty', async () => {
    for (const way of ['put', 'merge', 'apply'] as const)
      expect(await storedOf(field, way, empty, is, empty)).toEqual([none, some, none]);
  });
});

test('a list of clientPolicy that is null has its default, and an empty one allows none in each way', async () => {
  const projectId = 'project-test-11111111-1111-4111-8111-111111111111';
  const storedPolicies = async (way: Way, ...given: readonly unknown[]): Promise<unknown[]> => {
    const name = uniqueName('policy');
    const stored: unknown[] = [];
    for (const scopes of given) {
      const stytch = { projectId, auth: { type: 'Gateway' } };
      const spec = { type: 'Stytch', stytch, clientPolicy: { scopes } };
      const { status, body } = await write(way, name, spec, 'IdentityProvider');
      stored.push(status < 300 ? body.spec.clientPolicy.scopes : status);
    }
    return stored;
  };
  const written = [['a'], [], null, [], undefined];
  for (const way of ['put', 'apply'] as const)
    expect(await storedPolicies(way, ...written)).toEqual([['a'], [], ['*'], [], ['*']]);
  expect(await storedPolicies('merge', ...written)).toEqual([['a'], [], ['*'], [], []]);
});
