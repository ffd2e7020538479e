import { expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { group, versions } from '../../src/api/group.ts';
import type {
  clusterIdentityProviderSpec,
  identityProviderSpec,
} from '../../src/api/schema/identity-provider.ts';
import type { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import type * as alpha from '../../types/v1alpha1.d.ts';
import type * as beta from '../../types/v1beta1.d.ts';
import { definitions } from '../definitions.ts';
import { jsonSchemas } from './json-schemas.ts';
import { typescriptTypes } from './typescript.ts';

type Node = Readonly<Record<string, unknown>>;
const schemas = [...jsonSchemas(definitions)].map(([file, text]) => ({
  file,
  schema: JSON.parse(text) as Node,
}));
const types = typescriptTypes(definitions);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Schemas below a schema, each with where it is. */
const below = (schema: Node, place: string): { place: string; schema: Node }[] => {
  const { properties, items, additionalProperties } = schema;
  const inner = [
    ...Object.entries(isNode(properties) ? properties : {}).map(
      ([name, one]) => [`${place}.${name}`, one] as const,
    ),
    [`${place}[]`, items] as const,
    [`${place}.*`, additionalProperties] as const,
  ];
  return [{ place, schema }, ...inner.flatMap(([at, one]) => (isNode(one) ? below(one, at) : []))];
};

test('there is a schema of each kind in each version, where tools look for it', () => {
  const kinds = ['clusteridentityprovider', 'identityprovider', 'machineclient'];
  expect(schemas.map(({ file }) => file).toSorted()).toEqual(
    kinds.flatMap((kind) => versions.toSorted().map((version) => `schemas/${group}/${kind}_${version}.json`)),
  );
});

test.each(schemas)(
  '$file takes no field that it does not name, but in metadata and in free JSON',
  ({ schema }) => {
    const open = below(schema, '')
      .filter(({ schema: one }) => one['type'] === 'object' && one['additionalProperties'] === undefined)
      .map(({ place }) => place);
    expect(open.filter((place) => place !== '.metadata' && place !== '.spec.customMetadata')).toEqual([]);
    expect(open).toContain('.metadata');
  },
);

test.each(schemas)(
  '$file has patterns that an editor reads, and no word that only Kubernetes knows',
  ({ schema }) => {
    const all = below(schema, '');
    for (const { schema: one } of all)
      if (typeof one['pattern'] === 'string')
        expect(() => new RegExp(String(one['pattern']), 'u')).not.toThrow();
    expect(all.flatMap(({ schema: one }) => Object.keys(one)).filter((key) => key.startsWith('x-'))).toEqual(
      [],
    );
    expect(new Set(all.flatMap(({ schema: one }) => one['format'] ?? []))).toEqual(new Set(['date-time']));
  },
);

test('lists of texts in which nothing may stand twice say so, and no other one does', () => {
  const unique = schemas.flatMap(({ schema }) =>
    below(schema, '')
      .filter(({ schema: one }) => one['uniqueItems'] === true)
      .map(({ place }) => place),
  );
  const lists = [
    'scopes',
    'audiences',
    'organizationIds',
    'payerIds',
    'tokenPolicies',
    'customClaims',
    'customMetadata',
  ];
  expect(new Set(unique)).toEqual(
    new Set([
      '.spec.audiences',
      '.spec.vaultAppRole.tokenPolicies',
      '.spec.vaultAppRole.boundCIDRs',
      '.spec.vaultAppRole.secretIDBoundCIDRs',
      ...lists.map((list) => `.spec.clientPolicy.${list}`),
      '.spec.allowedNamespaces.names',
      '.status.orphans.sample',
      '.status.formerOrganizations',
    ]),
  );
});

test('both versions have the same schemas and types, but for their names', () => {
  const [newest, ...others] = versions;
  const named = (text: string, version: string): string =>
    text.replaceAll(`/${version}'`, '').replaceAll(version, '');
  expect(others).not.toEqual([]);
  for (const version of others) {
    expect(named(types.get(`types/${version}.d.ts`) ?? '', version)).toBe(
      named(types.get(`types/${newest}.d.ts`) ?? '-', newest),
    );
    for (const { file, schema } of schemas.filter(({ file: one }) => one.includes(`_${newest}.`))) {
      const same = schemas.find((one) => one.file === file.replace(newest, version));
      expect(named(JSON.stringify(same?.schema), version)).toBe(named(JSON.stringify(schema), newest));
    }
  }
  expectTypeOf<alpha.MachineClientSpec>().toEqualTypeOf<beta.MachineClientSpec>();
  expectTypeOf<alpha.MachineClientStatus>().toEqualTypeOf<beta.MachineClientStatus>();
  expectTypeOf<alpha.IdentityProviderSpec>().toEqualTypeOf<beta.IdentityProviderSpec>();
  expectTypeOf<alpha.IdentityProviderStatus>().toEqualTypeOf<beta.ClusterIdentityProviderStatus>();
  expectTypeOf<alpha.ClusterIdentityProviderSpec>().toEqualTypeOf<beta.ClusterIdentityProviderSpec>();
});

/** `tsc` says so. */
test('what has the types has the form that the operator parses', () => {
  expectTypeOf<beta.MachineClientSpec>().toExtend<z.input<typeof machineClientSpec>>();
  expectTypeOf<beta.IdentityProviderSpec>().toExtend<z.input<typeof identityProviderSpec>>();
  expectTypeOf<beta.ClusterIdentityProviderSpec>().toExtend<z.input<typeof clusterIdentityProviderSpec>>();
});

test('every field of the definitions has its place in the types', () => {
  for (const { spec } of definitions)
    for (const { name, schema } of spec.versions) {
      const text = types.get(`types/${name}.d.ts`) ?? '';
      const fields = below(schema.openAPIV3Schema as Node, '').flatMap(
        ({ place }) => /\.(\w+)$/.exec(place)?.[1] ?? [],
      );
      expect(fields.length).toBeGreaterThan(50);
      for (const field of fields) expect(text).toMatch(new RegExp(`^ +${field}\\??:`, 'm'));
    }
});
