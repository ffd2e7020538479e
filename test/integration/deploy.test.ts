import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { adminClient } from '../control-plane/admin-client.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'deploy');
const OWN_NAMESPACE = 'machine-client-system';
/** The manifests are tried in a namespace of this test's own, so that it meets no other test. */
const namespace = `deploy-${randomBytes(4).toString('hex')}`;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const client = adminClient(inject('kubeconfig'));
const manifests: Manifest[] = [];
for (const file of (await readdir(FOLDER)).sort()) {
  const content = (await readFile(join(FOLDER, file), 'utf8')).replaceAll(OWN_NAMESPACE, namespace);
  for (const document of parseAllDocuments(content)) manifests.push(document.toJS() as Manifest);
}

const collection = ({ apiVersion, kind, metadata }: Manifest): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : '';
  return `${root}${scope}/${kind.toLowerCase()}s`;
};

beforeAll(async () => {
  const [first] = manifests;
  expect(first?.kind, 'the first file makes the namespace that the others need').toBe('Namespace');
  expect((await client.call('POST', '/api/v1/namespaces', first)).status).toBe(201);
});

afterAll(async () => {
  await client.call('DELETE', `/api/v1/namespaces/${namespace}`);
  await client[Symbol.asyncDispose]();
});

const named = manifests
  .slice(1)
  .map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const);

// A deployment whose pods the namespace's "restricted" policy would refuse is warned about.
test.each(named)('the API server takes %s %s without a warning', async (_kind, _name, manifest) => {
  const path = `${collection(manifest)}?dryRun=All&fieldValidation=Strict`;
  const answer = await client.call('POST', path, manifest);
  expect({ status: answer.status, warnings: answer.warnings }, answer.body.message).toEqual({
    status: 201,
    warnings: [],
  });
});
