import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminClient, adminClient, type Answer } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { collectionOf, type Manifest } from '../helpers/installed.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { installForeignCrds } from '../tools/foreign-crds.ts';
import { shownManifests } from './shown.ts';

/** Every manifest that a page shows is one that its API server would take. */

let cluster: ControlPlane;
let admin: AdminClient;
beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  await installCrds(admin);
  await installForeignCrds(admin);
  for (const name of ['payments', 'machine-client-system', 'machine-client-try', 'argocd', 'flux-system'])
    await admin.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const whole = await shownManifests();
/** A dry run, in which every key has to be known. */
const apply = (object: object): Promise<Answer> => {
  const manifest = object as Manifest;
  const path = `${collectionOf(manifest)}/${manifest.metadata.name}?dryRun=All&fieldValidation=Strict&fieldManager=docs`;
  return admin.call('PATCH', path, object, { headers: { 'content-type': 'application/apply-patch+yaml' } });
};
test.each(whole)('$where: $kind', async ({ object }) => {
  const answer = await apply(object);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  expect(answer.warnings).toEqual([]);
});

test('a key that a kind of others does not have would be refused', async () => {
  const application = whole.find(({ kind }) => kind === 'Application');
  const spec = { ...(application?.object['spec'] as object), misspelt: true };
  const answer = await apply({ ...application?.object, spec });
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([
    expect.any(Number),
    expect.stringContaining('misspelt'),
  ]);
  expect(answer.status).toBeGreaterThanOrEqual(400);
});
