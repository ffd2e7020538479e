import { describe, expect, test } from 'vitest';
import { parseMachineClient, parseProvider } from '../../../src/api/objects.ts';
import { collectionOf, type Kind, kinds, uniqueName, useCluster, type Version, versions } from './cluster.ts';
import { nodesOf, pathsTo, placeName, readGolden, schemaOf } from './golden.ts';

/**
 * The shape that users rely on, as objects with every field set. A change that these files do not survive breaks
 * what somebody has in a repository of theirs.
 */

const { client, create, namespace } = useCluster('golden');

type Wire = Parameters<typeof parseMachineClient>[0];
const parse = (kind: Kind, object: Wire) =>
  kind === 'MachineClient' ? parseMachineClient(object) : parseProvider(kind)(object);

/** An object that is written through one version is read the same through every other. */
const pairs = versions.flatMap((written) => versions.map((read) => ({ written, read })));

describe.each(kinds)('%s', (kind) => {
  test.each(pairs)('written as $written is the same as $read', async ({ written, read }) => {
    for (const golden of await readGolden(kind)) {
      const name = uniqueName('written');
      const path = (version: Version) => collectionOf(kind, namespace, undefined, version);
      const apiVersion = `machine-client.dev/${written}`;
      const body = { apiVersion, kind, metadata: { name }, spec: golden.spec };
      const made = await client.call('POST', `${path(written)}?fieldValidation=Strict`, body);
      expect(made.status, made.body.message).toBe(201);
      const status = golden.status ?? { observedGeneration: -1 };
      await client.call('PUT', `${path(written)}/${name}/status`, { ...made.body, status });
      const { body: stored } = await client.call('GET', `${path(read)}/${name}`);
      expect(stored.apiVersion).toBe(`machine-client.dev/${read}`);
      expect(stored.spec).toEqual(golden.spec);
      expect(stored.status).toEqual(status);
      // And changed through the one that it was read by.
      const labels = { changed: 'yes' };
      const changed = await client.call('PATCH', `${path(read)}/${name}`, { metadata: { labels } });
      expect(changed.status, changed.body.message).toBe(200);
      const { body: again } = await client.call('GET', `${path(written)}/${name}`);
      expect(again).toMatchObject({ apiVersion, metadata: { labels }, spec: golden.spec });
      await client.call('DELETE', `${path(written)}/${name}`);
    }
  });

  test('is stored and read back unchanged, and the operator reads the same', async () => {
    for (const golden of await readGolden(kind)) {
      const made = await create(kind, golden.spec);
      expect(made.status, made.body.message).toBe(201);
      expect(made.warnings).toEqual([]);
      const path = `${collectionOf(kind, namespace)}/${made.body.metadata.name}`;
      const status = golden.status ?? { observedGeneration: -1 };
      const written = await client.call('PUT', `${path}/status?fieldValidation=Strict`, {
        ...made.body,
        status,
      });
      expect(written.status, written.body.message).toBe(200);

      const { body: stored } = await client.call('GET', path);
      expect(stored.spec).toEqual(golden.spec);
      expect(stored.status).toEqual(status);
      const parsed = parse(kind, stored);
      expect(parsed.invalid).toBeUndefined();
      expect(parsed.spec).toEqual(golden.spec);
      expect(parsed.status).toEqual(status);
    }
  });

  test('sets every field of the schema', async () => {
    const golden = await readGolden(kind);
    const schema = await schemaOf(kind);
    const fields = ['spec', 'status'].flatMap((part) => nodesOf(schema.properties?.[part] ?? {}, [part]));
    const unset = fields.filter(({ place }) => golden.every((object) => pathsTo(object, place).length === 0));
    expect(unset.map(({ place }) => placeName(place))).toEqual([]);
  });
});

test.each(kinds)('an unknown field of a %s is refused', async (kind) => {
  const [golden] = await readGolden(kind);
  const answer = await create(kind, { ...golden?.spec, unheardOf: true });
  expect(answer.status).toBe(400);
  expect(answer.body.message).toContain('unknown field "spec.unheardOf"');
});

test('a text is as long for the operator as it is for the API server', async () => {
  const spec = { providerRef: { name: 'stytch' }, displayName: '🦊'.repeat(128) };
  const made = await create('MachineClient', spec);
  expect(made.status, made.body.message).toBe(201);
  expect(parseMachineClient(made.body).invalid).toBeUndefined();
  const longer = await create('MachineClient', { ...spec, displayName: '🦊'.repeat(129) });
  expect(longer.status).toBe(422);
  expect(
    parseMachineClient({ ...made.body, spec: { ...spec, displayName: '🦊'.repeat(129) } }).invalid,
  ).toContain('spec.displayName');
});
