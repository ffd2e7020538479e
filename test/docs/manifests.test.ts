import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { apiVersion } from '../../src/api/group.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { collectionOf, type Manifest } from '../helpers/installed.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { findTool, kubeconform } from '../tools/tools.ts';
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
const isForeign = ({ object }: Shown): boolean =>
  /(argoproj|fluxcd|coreos|servicebinding)/.test(String(object['apiVersion']));
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
  for (const name of ['payments', 'machine-client-system', 'machine-client-try', 'argocd'])
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

const own = [...shown.filter((each) => isWhole(each) && !isForeign(each)), ...pieces].map(
  ({ where, object }) => ({ where, kind: String(object['kind']), object }),
);
test.each(own)('$where: $kind', async ({ object }) => {
  const manifest = object as unknown as Manifest;
  const answer = await admin.call(
    'PATCH',
    `${collectionOf(manifest)}/${manifest.metadata.name}?dryRun=All&fieldValidation=Strict&fieldManager=docs`,
    object,
    { headers: { 'content-type': 'application/apply-patch+yaml' } },
  );
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  expect(answer.warnings).toEqual([]);
});

const schemas = join(import.meta.dirname, 'foreign-schemas/{{ .ResourceKind }}.json');
const judge = async (object: unknown): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-docs-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'manifest.yaml');
  await writeFile(file, stringify(object));
  const binary = await findTool(kubeconform);
  return await promisify(execFile)(binary, ['-strict', '-summary', '-schema-location', schemas, file]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout?: string }) => String(stdout),
  );
};

const foreign = shown
  .filter(isForeign)
  .map(({ where, object }) => ({ where, kind: String(object['kind']), object }));
test.each(foreign)('$where: $kind, by its schema', async ({ object }) => {
  expect(await judge(object)).toMatch(/Valid: 1, Invalid: 0, Errors: 0, Skipped: 0/);
  // It would say so.
  const spec = { ...(object['spec'] as object), misspelt: true };
  expect(await judge({ ...object, spec })).toMatch(/Invalid: 1/);
});
