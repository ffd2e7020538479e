/** schemas/: each kind in each version as JSON Schema (draft-07), for editors and for kubeconform. */
import { noneTwice } from '../../src/api/schema/fields.ts';
import type { Definition, Schema, Version } from '../definitions.ts';

type Json = Readonly<Record<string, unknown>>;

/** What means the same in a structural schema and in draft-07. */
const kept = [
  'description',
  'type',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
] as const;

const mapped = (schemas: Readonly<Record<string, Schema>>, one: (schema: Schema) => Json): Json =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, one(schema)]));

const hasNoneTwice = (schema: Schema): boolean =>
  schema['x-kubernetes-list-type'] === 'set' ||
  (schema['x-kubernetes-validations'] ?? []).some(({ rule }) => rule === noneTwice.rule);

/** The other rules in CEL have no counterpart: only the API server knows them. */
const strict = (schema: Schema): Json => ({
  ...Object.fromEntries(kept.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]]))),
  // The formats of integers are Kubernetes' own, and some validators refuse what they do not know.
  ...(schema.format === 'date-time' && { format: schema.format }),
  ...(hasNoneTwice(schema) && { uniqueItems: true }),
  ...(schema.items && { items: strict(schema.items) }),
  ...(schema.properties && { properties: mapped(schema.properties, strict), additionalProperties: false }),
  ...(schema.additionalProperties && { additionalProperties: strict(schema.additionalProperties) }),
});

const jsonSchema = ({ spec: { group, names } }: Definition, { name, schema }: Version): Json => {
  const { additionalProperties: _, ...metadata } = strict(
    schema.openAPIV3Schema.properties?.['metadata'] ?? {},
  );
  const { description, properties } = schema.openAPIV3Schema;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${names.kind} (${group}/${name})`,
    description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      ...mapped(properties ?? {}, strict),
      apiVersion: { type: 'string', enum: [`${group}/${name}`] },
      kind: { type: 'string', enum: [names.kind] },
      // Of metadata a definition names only what it bounds; the rest is known to the API server.
      metadata,
    },
    additionalProperties: false,
  };
};

/** Under the names by which the CRDs-catalog has them, which is where tools look. */
export const jsonSchemas = (definitions: readonly Definition[]): Map<string, string> =>
  new Map(
    definitions.flatMap((definition) =>
      definition.spec.versions.map((version) => {
        const { group, names } = definition.spec;
        const file = `schemas/${group}/${names.kind.toLowerCase()}_${version.name}.json`;
        return [file, `${JSON.stringify(jsonSchema(definition, version), null, 2)}\n`] as const;
      }),
    ),
  );
