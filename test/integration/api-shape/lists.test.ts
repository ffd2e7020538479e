import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMachineClient } from '../../../src/api/objects.ts';
import { noneTwice } from '../../../src/api/schema/fields.ts';
import type { Answer } from '../../control-plane/admin-client.ts';
import { applyCrd, readCrds, type Schema } from '../../helpers/install-crds.ts';
import { collectionOf, type Kind, kinds, type Spec, uniqueName, useCluster } from './cluster.ts';
import { inOtherGroup, withSchema } from './copies.ts';
import { longest } from './example.ts';
import { nodesOf, type Place, placeName, schemaOf } from './golden.ts';
import { type Told, told } from './lists.ts';

/**
 * A list of which an empty one means something else than an absent one is what was written, by server-side apply too: it
 * takes away a set or a map with its last entry, and a policy that allows nothing would become one that allows everything.
 */

const { client, namespace, create } = useCluster('lists');
const applyType = { headers: { 'content-type': 'application/apply-patch+yaml' } };

const specOf = (kind: Kind): Spec =>
  kind === 'MachineClient'
    ? { providerRef: { name: 'stytch' } }
    : { type: 'Stytch', stytch: { projectId: 'project-test-1', auth: { type: 'Gateway' } } };

/** One that sets these lists alone. */
const withLists = (kind: Kind, lists: readonly { place: Place; value: readonly unknown[] }[]): Spec => {
  const spec = structuredClone(specOf(kind)) as Record<string, Record<string, unknown>>;
  for (const { place, value } of lists) {
    const [first = '', second] = place;
    if (second === undefined) Object.assign(spec, { [first]: value });
    else spec[first] = { ...spec[first], [second]: value };
  }
  return spec;
};

const valueAt = (spec: Spec, place: Place): unknown =>
  place.reduce<unknown>((value, step) => (value as Spec | undefined)?.[step], spec);

/** As a tool for GitOps does: whole, under one name, and by force. */
const applying =
  (kind: Kind, name: string, group?: string) =>
  (spec: Spec): Promise<Answer> =>
    client.call(
      'PATCH',
      `${collectionOf(kind, namespace, group)}/${name}?fieldManager=gitops&force=true&fieldValidation=Strict`,
      { apiVersion: `${group ?? 'machine-client.dev'}/v1beta1`, kind, metadata: { name }, spec },
      applyType,
    );

const named = (list: Told) => ({ ...list, path: placeName(['spec', ...list.place]) });
const cleanUp: string[] = [];
afterAll(async () => {
  await Promise.all(cleanUp.map((path) => client.call('DELETE', path)));
});
const newName = (kind: Kind, group?: string): string => {
  const name = uniqueName('list');
  cleanUp.push(`${collectionOf(kind, namespace, group)}/${name}`);
  return name;
};

describe.each(told.map(named))('$kind: $path', ({ kind, place, some, none }) => {
  const start = () => {
    const name = newName(kind);
    const apply = applying(kind, name);
    const stored = async (value: readonly unknown[] | undefined): Promise<unknown> => {
      const { status, body } = await apply(
        value === undefined ? specOf(kind) : withLists(kind, [{ place, value }]),
      );
      return status < 300 ? valueAt(body.spec, place) : 'refused';
    };
    return { name, stored };
  };

  test('applied with some entries and then with none, it has none at once', async () => {
    const { stored } = start();
    const unset = await stored(undefined);
    for (const [value, becomes] of [
      [some, some],
      [[], none],
      [[], none],
      [some, some],
      [undefined, unset],
      [[], none],
    ] as const)
      expect(await stored(value), JSON.stringify(value)).toEqual(becomes);
  });

  test('applied, it is whole: nothing is left over of what somebody else has added', async () => {
    const { name, stored } = start();
    await stored(some.slice(0, 1));
    const path = `${collectionOf(kind, namespace)}/${name}`;
    const spec = withLists(kind, [{ place, value: some }]);
    const added = await client.call('PATCH', `${path}?fieldManager=somebody`, { spec });
    expect(valueAt(added.body.spec, place)).toEqual(some);
    expect(await stored(some.slice(0, 1))).toEqual(some.slice(0, 1));
  });
});

test('every other list of a spec, of which entries have owners, is absent where it is empty', async () => {
  const lists = [];
  for (const kind of kinds)
    for (const { place, schema } of nodesOf((await schemaOf(kind)).properties?.['spec'] ?? {}, []))
      if (schema['x-kubernetes-list-type'] === 'set' || schema['x-kubernetes-list-type'] === 'map')
        lists.push(`${kind} ${placeName(place)}`);
  // No output format, no namespace, no header: left out, they say the same.
  expect(lists).toEqual([
    'MachineClient secret.outputFormats',
    'IdentityProvider connection.headers',
    'ClusterIdentityProvider connection.headers',
    'ClusterIdentityProvider allowedNamespaces.names',
  ]);
});

test('those lists are atomic', async () => {
  for (const { kind, place } of told) {
    const nodes = nodesOf((await schemaOf(kind)).properties?.['spec'] ?? {}, []);
    const node = nodes.find((one) => placeName(one.place) === placeName(place));
    expect(node?.schema['x-kubernetes-list-type'], placeName(place)).toBe('atomic');
  }
});

test('scopes are taken at their bounds, and one that stands twice counts once', async () => {
  const bounds = await create('MachineClient', { ...specOf('MachineClient'), scopes: longest(256, 256) });
  expect(bounds.status, bounds.body.message).toBe(201);
  const { status, body } = await create('MachineClient', {
    ...specOf('MachineClient'),
    scopes: ['b', 'a', 'b'],
  });
  expect(status, body.message).toBe(201);
  const parsed = parseMachineClient(body as Parameters<typeof parseMachineClient>[0]);
  expect(parsed.invalid).toBeUndefined();
  expect(parsed.spec.scopes).toEqual(['b', 'a']);
});

describe('stored while entries had owners of their own', () => {
  const group = `${uniqueName('lists')}.example.com`;
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

  const formerly = (schema: Schema, lists: readonly Told[], at: Place = []): Schema => {
    const found = lists.find(
      ({ place, former }) => former && placeName(['spec', ...place]) === placeName(at),
    );
    const { 'x-kubernetes-validations': _, ...plain } = schema;
    const each = Object.entries(schema.properties ?? {}).map(
      ([name, child]) => [name, formerly(child, lists, [...at, name])] as const,
    );
    return {
      ...(found ? plain : schema),
      ...(schema.properties && { properties: Object.fromEntries(each) }),
      ...found?.former,
    };
  };

  const start = async (kind: Kind) => {
    const real = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
    if (!real) throw new Error(`crds/ has no ${kind}`);
    const copy = inOtherGroup(group, real);
    const lists = told.filter((one) => one.kind === kind && one.former);
    const specs = {
      some: withLists(
        kind,
        lists.map(({ place, some: value }) => ({ place, value })),
      ),
      fewer: withLists(
        kind,
        lists.map(({ place, some }) => ({ place, value: some.slice(0, 1) })),
      ),
      none: withLists(
        kind,
        lists.filter(({ none }) => none !== 'refused').map(({ place }) => ({ place, value: [] })),
      ),
    };
    return {
      lists,
      specs,
      before: withSchema(copy, (schema) => formerly(schema, lists)),
      after: withSchema(copy, (schema) => schema),
    };
  };

  beforeAll(async () => {
    for (const kind of kinds) await applyCrd(client, (await start(kind)).before);
  });
  afterAll(async () => {
    const names = kinds.map((kind) => `${kind.toLowerCase()}s.${group}`);
    await Promise.all(names.map((name) => client.call('DELETE', `${definitions}/${name}`)));
  });

  test.each(kinds)('%s: it is read, worked on and edited', async (kind) => {
    const { lists, specs, after } = await start(kind);
    const made = (['some', 'fewer', 'none', 'patched'] as const).map((next) => {
      const name = newName(kind, group);
      return { next, path: `${collectionOf(kind, namespace, group)}/${name}`, name };
    });
    const valuesOf = (spec: Spec): unknown[] => lists.map(({ place }) => valueAt(spec, place));
    const some = lists.map((list) => list.some);
    for (const { name } of made) {
      const { status, body } = await applying(kind, name, group)(specs.some);
      expect(status, body.message).toBe(201);
    }
    // The fault, in what was before: an empty list becomes what one is that is left out.
    const lost = applying(kind, newName(kind, group), group);
    const { body: absent } = await lost(specOf(kind));
    await lost(specs.some);
    expect(valuesOf((await lost(specs.none)).body.spec)).toEqual(valuesOf(absent.spec));

    await applyCrd(client, after);
    const twice = withLists(
      kind,
      lists.map(({ place, some: [one] }) => ({ place, value: [one, one] })),
    );
    const canary = applying(kind, newName(kind, group), group);
    await expect
      .poll(async () => (await canary(twice)).body.message, { timeout: 30_000 })
      .toContain(noneTwice.message);

    for (const { next, name, path } of made) {
      const { body: read } = await client.call('GET', path);
      expect(valuesOf(read.spec)).toEqual(some);
      const metadata = { finalizers: [`${group}/upstream`] };
      expect((await client.call('PATCH', path, { metadata })).status).toBe(200);
      const status = await client.call('PATCH', `${path}/status`, { status: { observedGeneration: 1 } });
      expect(status.status, status.body.message).toBe(200);
      const edited =
        next === 'patched'
          ? await client.call('PATCH', path, { spec: specs.fewer })
          : await applying(kind, name, group)(specs[next]);
      expect(edited.status, edited.body.message).toBe(200);
      const expected = lists.map(({ some: all, none }) => {
        if (next === 'some') return all;
        if (next === 'none') return none === 'refused' ? undefined : none;
        return all.slice(0, 1);
      });
      expect(valuesOf(edited.body.spec), next).toEqual(expected);
      // Applied again, it stays so, and once more with some entries.
      const again = await applying(kind, name, group)(specs[next === 'patched' ? 'fewer' : next]);
      expect(valuesOf(again.body.spec), next).toEqual(expected);
      const back = await applying(kind, name, group)(specs.some);
      expect(valuesOf(back.body.spec), next).toEqual(some);
      await client.call('PATCH', path, { metadata: { finalizers: null } });
    }
  });
});
