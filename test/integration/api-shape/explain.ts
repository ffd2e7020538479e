import type { Schema } from '../../helpers/install-crds.ts';

/** Their text is Kubernetes' own and changes with the API server. */
const COMMON = new Set(['apiVersion', 'kind', 'metadata']);

const typeOf = (schema: Schema): string => {
  if (schema.items) return `[]${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map[string]${typeOf(schema.additionalProperties)}`;
  if (schema.type === 'object' || schema['allOf']) return 'Object';
  return schema.type ?? 'any';
};

/** The fields of a list's or map's elements are shown as those of the list or map. */
const element = (schema: Schema): Schema => {
  const inner = schema.items ?? schema.additionalProperties;
  return inner ? element(inner) : schema;
};

const field = (name: string, schema: Schema, required: boolean, indent: string): string[] => {
  const title = `${indent}${name} <${typeOf(schema)}>${required ? ' -required-' : ''}`;
  if (COMMON.has(name) && indent === '  ') return [title];
  const inner = element(schema);
  const about = [
    ...(inner['enum'] ? [`enum: ${(inner['enum'] as string[]).join(', ')}`] : []),
    ...(schema['default'] === undefined ? [] : [`default: ${JSON.stringify(schema['default'])}`]),
    ...(schema.description ? [schema.description] : []),
  ];
  return [title, ...about.map((line) => `${indent}  ${line}`), ...fields(inner, `${indent}  `)];
};

const fields = ({ properties = {}, required = [] }: Schema, indent: string): string[] =>
  Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, schema]) => field(name, schema, required.includes(name), indent));

/** What `kubectl explain --recursive` says of a kind, from the same source, with each field's description. */
export const explain = (kind: string, apiVersion: string, schema: Schema): string =>
  [
    `KIND:     ${kind}`,
    `VERSION:  ${apiVersion}`,
    '',
    'DESCRIPTION:',
    `  ${schema.description}`,
    '',
    'FIELDS:',
    ...fields(schema, '  '),
    '',
  ].join('\n');
