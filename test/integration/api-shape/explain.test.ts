import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Schema } from '../../helpers/install-crds.ts';
import { apiVersion, kinds, useCluster, type Version } from './cluster.ts';
import { explain } from './explain.ts';
import { nodesOf, placeName } from './golden.ts';

/**
 * What the API server publishes of each kind for `kubectl explain`, compared with explain/KIND.txt, so that a change
 * of the shape is read by whoever reviews it. After a change that is meant, write the files anew:
 *
 *     UPDATE=1 npx vitest run --project integration test/integration/api-shape/explain.test.ts
 */

const { client } = useCluster('explain');

/** The API server puts its OpenAPI documents together a moment after it serves the objects. */
const published = async (kind: string, version: Version = 'v1beta1'): Promise<Schema | undefined> => {
  const { body } = await client.call('GET', `/openapi/v3/apis/machine-client.dev/${version}`);
  return body.components?.schemas[`dev.machine-client.${version}.${kind}`];
};

test.each(kinds)('%s', async (kind) => {
  const file = join(import.meta.dirname, 'explain', `${kind.toLowerCase()}.txt`);
  const text = async (): Promise<string> => explain(kind, apiVersion, (await published(kind)) ?? {});
  if (process.env['UPDATE']) {
    await expect.poll(() => published(kind), { timeout: 30_000 }).toBeDefined();
    await writeFile(file, await text());
  }
  const written = await readFile(file, 'utf8');
  await expect.poll(text, { timeout: 10_000, interval: 250 }).toBe(written);
});

test.each(kinds)('%s is the same in the older version', async (kind) => {
  const text = async (version: Version): Promise<string> =>
    explain(kind, '', (await published(kind, version)) ?? {});
  await expect.poll(() => published(kind, 'v1alpha1'), { timeout: 30_000 }).toBeDefined();
  expect(await text('v1alpha1')).toBe(await text('v1beta1'));
});

test.each(kinds)('every field of %s says what it is', async (kind) => {
  await expect.poll(() => published(kind), { timeout: 30_000 }).toBeDefined();
  const { spec = {}, status = {} } = (await published(kind))?.properties ?? {};
  const nodes = [...nodesOf(spec, ['spec']), ...nodesOf(status, ['status'])];
  const silent = nodes.filter(
    ({ place, schema }) => !['[]', '*'].includes(place.at(-1) ?? '') && !schema.description,
  );
  expect(silent.map(({ place }) => placeName(place))).toEqual([]);
});
