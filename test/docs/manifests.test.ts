import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { apiVersion } from '../../src/api/group.ts';
import { type AdminClient, adminClient, type Answer } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { collectionOf, type Manifest } from '../helpers/installed.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { installForeignCrds } from '../tools/foreign-crds.ts';
import { readPages } from './pages.ts';

/** Every manifest that a page shows is one that its API server would take. */

interface Shown {
  readonly where: string;
  readonly object: Record<string, unknown>;
}

/** What an ellipsis stands for is not checked. */
const shown: readonly Shown[] = (await readPages()).flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ text, line }) =>
      parseAllDocuments(text.replaceAll('…', 'x')).map((document) => {
        const [error] = document.errors;
        if (error) throw new Error(`${path}:${line}: ${error.message}`);
        return { where: `${path}:${line}`, object: document.toJS() as Record<string, unknown> };
      }),
    ),
);

const isWhole = ({ object }: Shown): boolean => 'apiVersion' in object && 'kind' in object;
/** A piece of a MachineClient: its spec, without what every other one has too. */
const pieces = shown
  .filter(({ object }) => Object.keys(object).join(',') === 'spec')
  .map(({ where, object }) => ({
    where,
    object: {
      apiVersion,
      kind: 'MachineClient',
      metadata: { name: 'piece', namespace: 'payments' },
      spec: { providerRef: { name: 'stytch' }, ...(object['spec'] as object) },
    },
  }));

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

const whole = [...shown.filter(isWhole), ...pieces].map(({ where, object }) => ({
  where,
  kind: String(object['kind']),
  object,
}));
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
