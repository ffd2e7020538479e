import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { adminClient } from '../control-plane/admin-client.ts';
import { collectionOf, installedNamespace, installManifests, type Manifest } from '../helpers/installed.ts';

/** The manifests are tried in a namespace of this test's own, so that it meets no other test. */
const namespace = `deploy-${randomBytes(4).toString('hex')}`;

const client = adminClient(inject('kubeconfig'));
const manifests = (await installManifests()).map(
  (manifest) => JSON.parse(JSON.stringify(manifest).replaceAll(installedNamespace, namespace)) as Manifest,
);

beforeAll(async () => {
  const [first] = manifests;
  expect(first?.kind, 'the first one makes the namespace that the others need').toBe('Namespace');
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
  const path = `${collectionOf(manifest)}?dryRun=All&fieldValidation=Strict`;
  const answer = await client.call('POST', path, manifest);
  expect({ status: answer.status, warnings: answer.warnings }, answer.body.message).toEqual({
    status: 201,
    warnings: [],
  });
});
