import type { Definition, Schema } from '../../helpers/install-crds.ts';

/** The definitions of our own group must not change while other tests run, so copies of another group do. */

export const inOtherGroup = (group: string, { metadata, spec, ...rest }: Definition): Definition => ({
  ...rest,
  metadata: { ...metadata, name: `${spec.names.plural}.${group}` },
  spec: {
    ...spec,
    group,
    names: { ...spec.names, shortNames: [], categories: [] } as Definition['spec']['names'],
  },
});

export const withSchema = (definition: Definition, change: (schema: Schema) => Schema): Definition => {
  const [version] = definition.spec.versions;
  const openAPIV3Schema = change(version.schema.openAPIV3Schema);
  return {
    ...definition,
    spec: { ...definition.spec, versions: [{ ...version, schema: { openAPIV3Schema } }] },
  };
};
