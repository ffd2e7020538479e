import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseMachineClient, parseProvider } from '../../src/api/objects.ts';
import { useCluster } from './api-shape/cluster.ts';

/** What people copy from works: the API server takes every example, and the operator reads what was written. */

const FOLDER = join(import.meta.dirname, '..', '..', 'examples');
const { client, namespace } = useCluster('examples');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const files = (await readdir(FOLDER, { recursive: true })).filter((file) => file.endsWith('.yaml')).sort();

describe.each(files)('%s', async (file) => {
  const documents = parseAllDocuments(await readFile(join(FOLDER, file), 'utf8'));
  const manifests = documents.map((document) => document.toJS() as Manifest);
  const named = manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const);

  test.each(named)('%s %s', async (kind, name, { metadata, ...manifest }) => {
    // The namespaces of the examples may belong to somebody on this cluster.
    const own = {
      ...manifest,
      metadata: {
        ...metadata,
        ...(metadata.namespace && { namespace }),
        ...(kind === 'Namespace' && { name: namespace }),
      },
    };
    const root = manifest.apiVersion.includes('/')
      ? `/apis/${manifest.apiVersion}`
      : `/api/${manifest.apiVersion}`;
    const scope = metadata.namespace ? `/namespaces/${namespace}` : '';
    const path = `${root}${scope}/${kind.toLowerCase()}s/${own.metadata.name}`;
    const answer = await client.call(
      'PATCH',
      `${path}?dryRun=All&fieldValidation=Strict&fieldManager=examples`,
      own,
      { headers: { 'content-type': 'application/apply-patch+yaml' } },
    );
    expect(answer.status, answer.body.message).toBeLessThan(300);
    expect(answer.warnings).toEqual([]);
    expect(answer.body.metadata.name).toBe(kind === 'Namespace' ? namespace : name);

    if (kind === 'MachineClient') expect(parseMachineClient(answer.body).invalid).toBeUndefined();
    if (kind === 'IdentityProvider' || kind === 'ClusterIdentityProvider')
      expect(parseProvider(kind)(answer.body).invalid).toBeUndefined();
  });
});
