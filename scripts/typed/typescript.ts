/** types/: all kinds of a version as TypeScript, in one file that imports nothing. */
import type { Definition, Schema } from '../definitions.ts';

const WIDTH = 110;
const HEADER = '// Generated from the schemas in src/api by `npm run generate`; do not edit.\n';

/** What a client needs of what all objects of Kubernetes have. */
const COMMON = `export interface ObjectMeta {
  name?: string;
  generateName?: string;
  /** Not of a ClusterIdentityProvider. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  // The API server sets these.
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}
`;

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll(/['\\]/g, '\\$&')}'` : JSON.stringify(value);

const wrapped = (words: readonly string[], width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of words)
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  return [...lines, line];
};

/** The default of an object is that of its members. */
const commentOf = ({ description = '', default: value }: Schema): string => {
  const isSaid = value !== undefined && (typeof value !== 'object' || Array.isArray(value));
  const otherwise = isSaid ? ` Default: ${JSON.stringify(value)}.` : '';
  return `${description}${otherwise}`.trim().replaceAll('*/', '*\\/');
};

const comment = (text: string, indent: string): string => {
  if (text === '') return '';
  const whole = `${indent}/** ${text} */`;
  if (whole.length <= WIDTH) return `${whole}\n`;
  const lines = wrapped(text.split(/\s+/), WIDTH - indent.length - 3).map((line) => `${indent} * ${line}`);
  return `${indent}/**\n${lines.join('\n')}\n${indent} */\n`;
};

const union = (values: readonly unknown[]): string => values.map(literal).join(' | ');

const typeOf = (schema: Schema, indent: string): string => {
  if (schema.enum) return union(schema.enum);
  if (schema.items) {
    const inner = typeOf(schema.items, indent);
    return schema.items.enum ? `(${inner})[]` : `${inner}[]`;
  }
  // `{}` would take anything.
  if (schema.properties && Object.keys(schema.properties).length === 0) return 'Record<string, never>';
  if (schema.properties) return `{\n${membersOf(schema, `${indent}  `)}${indent}}`;
  if (schema.additionalProperties) return `Record<string, ${typeOf(schema.additionalProperties, indent)}>`;
  switch (schema.type) {
    case 'object':
      return 'Record<string, unknown>';
    case 'integer':
      return 'number';
    case 'string':
    case 'boolean':
      return schema.type;
    default:
      throw new Error(`there is no type in TypeScript yet for ${JSON.stringify(schema)}`);
  }
};

const membersOf = ({ properties = {}, required = [] }: Schema, indent: string): string =>
  Object.entries(properties)
    .map(([name, schema]) => {
      const head = `${indent}${name}${required.includes(name) ? '' : '?'}:`;
      const line = `${head} ${typeOf(schema, indent)};`;
      const tooLong = schema.enum && line.length > WIDTH;
      const values = tooLong ? schema.enum.map((value) => `\n${indent}  | ${literal(value)}`).join('') : '';
      return `${comment(commentOf(schema), indent)}${tooLong ? `${head}${values};` : line}\n`;
    })
    .join('');

const kindOf = ({ spec: { group, names, versions } }: Definition, version: string): string => {
  const root = versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  const { spec, status } = root?.properties ?? {};
  if (!root || !spec || !status) throw new Error(`${names.kind} has no spec and status in ${version}`);
  const { kind } = names;
  const apiVersion = `  apiVersion: '${group}/${version}';\n`;
  return `${comment(commentOf(root), '')}export interface ${kind} {
${apiVersion}  kind: '${kind}';
  metadata: ObjectMeta;
  spec: ${kind}Spec;
  /** The operator writes it. */
  status?: ${kind}Status;
}

export interface ${kind}List {
${apiVersion}  kind: '${kind}List';
  metadata: ListMeta;
  items: ${kind}[];
}

${comment(commentOf(spec), '')}export interface ${kind}Spec {
${membersOf(spec, '  ')}}

${comment(commentOf(status), '')}export interface ${kind}Status {
${membersOf(status, '  ')}}
`;
};

export const typescriptTypes = (definitions: readonly Definition[]): Map<string, string> => {
  const versions = new Set(definitions.flatMap(({ spec }) => spec.versions.map(({ name }) => name)));
  return new Map(
    [...versions].map((version) => [
      `types/${version}.d.ts`,
      [HEADER, ...definitions.map((one) => kindOf(one, version)), COMMON].join('\n'),
    ]),
  );
};
