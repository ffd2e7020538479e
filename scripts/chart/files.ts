import { Document, isMap, isPair, isScalar, visit } from 'yaml';
import * as z from 'zod';
import { between, table } from '../markdown.ts';
import { dashboard } from '../monitoring/dashboard.ts';
import { chartValues } from './values.ts';

const folder = 'deploy/charts/machine-client-operator';

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Draft 7: what both Helm 3 and Helm 4 read. */
const jsonSchema = (): Schema => z.toJSONSchema(chartValues, { io: 'input', target: 'draft-7' }) as Schema;

const at = (schema: Schema, path: readonly string[]): Schema | undefined =>
  path.reduce<Schema | undefined>((one, key) => one?.properties?.[key], schema);

/** The defaults, each below its description. Values without a default are shown as comments. */
const valuesYaml = (schema: Schema): string => {
  const document = new Document(chartValues.parse({}));
  document.commentBefore =
    ' Generated from scripts/chart/values.ts by `npm run generate`; do not edit.\n What each value means, and its form: README.md and values.schema.json.';
  visit(document, {
    Pair(_, pair, path) {
      const keys = [...path, pair].flatMap((node) =>
        isPair(node) && isScalar(node.key) ? [String(node.key.value)] : [],
      );
      const { description } = at(schema, keys) ?? {};
      if (!isScalar(pair.key) || description === undefined) return;
      pair.key.commentBefore = ` ${description}`;
      if (keys.length === 1) pair.key.spaceBefore = true;
      if (isMap(pair.value)) pair.value.flow = pair.value.items.length === 0;
    },
  });
  return document.toString({ lineWidth: 0 });
};

const shown = (value: unknown): string => (value === undefined ? '' : `\`${JSON.stringify(value)}\``);

const formOf = ({ type, enum: values, anyOf }: Schema): string =>
  values ? values.map(String).join(', ') : (type ?? (anyOf ?? []).map(formOf).join(' or '));

/** One row for each value that can be set; a group is the heading of its own. */
const rows = (schema: Schema, prefix = ''): string[][] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
    const name = `${prefix}${key}`;
    return one.properties
      ? rows(one, `${name}.`)
      : [[`\`${name}\``, formOf(one), shown(one.default), one.description ?? '']];
  });

const begin = '<!-- values: generated from scripts/chart/values.ts by `npm run generate` -->\n';
const end = '<!-- end of values -->';

/** Path and content of each generated file of the chart. `crds`: by their file names. */
export const chartFiles = async (
  crds: ReadonlyMap<string, string>,
  present: (file: string) => Promise<string>,
): Promise<readonly (readonly [path: string, content: string])[]> => {
  const schema = jsonSchema();
  const readme = `${folder}/README.md`;
  const values = table(['value', 'form', 'default', 'meaning'], rows(schema));
  return [
    [`${folder}/values.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`],
    [`${folder}/values.yaml`, valuesYaml(schema)],
    [readme, between(await present(readme), readme, begin, end, values)],
    // Helm reads nothing outside of the chart.
    [`${folder}/monitoring-of-release/alerts.yaml`, await present('deploy/monitoring/alerts.yaml')],
    [`${folder}/monitoring-of-release/dashboard.json`, dashboard()],
    ...[...crds].map(([file, content]) => [`${folder}/crds-of-release/${file}`, content] as const),
  ];
};
