/** docs/reference/api.md: the CustomResourceDefinitions as tables. */
import { durationPattern } from '../src/api/durations.ts';
import { definitions, type Definition, type Schema } from './definitions.ts';
import { table } from './markdown.ts';

/** A field and all that lies below it, the outer one first. */
interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

const code = (text: string): string => `\`${text}\``;
const members = ({ properties, items, additionalProperties }: Schema): Schema =>
  properties ? { properties } : (items ?? additionalProperties ?? {});

const fieldsOf = ({ properties = {}, required = [] }: Schema, above: string): Field[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${above}${name}`;
    const inner = members(schema);
    const own = schema.items ? { ...inner, required: schema.items.required ?? [] } : schema;
    const suffix = schema.items ? '[].' : '.';
    return [
      { path, schema, required: required.includes(name) },
      // Conditions are the same everywhere: docs/conditions.md.
      ...(name === 'conditions'
        ? []
        : fieldsOf({ ...own, properties: inner.properties ?? {} }, path + suffix)),
    ];
  });

const range = (least: number | undefined, most: number | undefined): string => {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` from ${least}`;
  return least === undefined ? ` up to ${most}` : ` from ${least} to ${most}`;
};

/** What can be said of a text in a word; else its pattern, where that is short enough to be read. */
const textForm = ({ format, pattern, maxLength, enum: values }: Schema): string => {
  if (values) return values.map(String).map(code).join(', ');
  if (format === 'date-time') return 'time';
  if (pattern === durationPattern.source) return 'duration';
  const length = maxLength === undefined ? '' : `, up to ${maxLength} characters`;
  return `string${length}${pattern !== undefined && pattern.length <= 32 ? `, ${code(pattern)}` : ''}`;
};

const formOf = (schema: Schema): string => {
  const { type, items, additionalProperties, maxItems, minItems, maxProperties } = schema;
  if (type === 'string') return textForm(schema);
  if (type === 'array') {
    const by = schema['x-kubernetes-list-map-keys'];
    const what = items?.type === 'object' ? 'objects' : 'strings';
    return `list of ${what}${by ? ` by ${by.map(code).join(', ')}` : ''},${range(minItems, maxItems)}`;
  }
  if (additionalProperties) return `map of strings, up to ${maxProperties}`;
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'any object';
  return `${type}${range(schema.minimum, schema.maximum)}`;
};

const defaultOf = ({ schema, required }: Field): string => {
  if (required) return '**required**';
  const { default: value } = schema;
  // Of an object: those of its members say it.
  if (value === undefined || typeof value === 'object') return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
};

/** What a rule refuses, in its own words. */
const rulesOf = (schema: Schema): string[] =>
  (schema['x-kubernetes-validations'] ?? []).flatMap(({ message }) => message ?? []);

const meaning = ({ description = '', ...schema }: Schema): string => {
  const own = [...rulesOf(schema), ...rulesOf(schema.items ?? {})];
  return own.length === 0 ? description : `${description} *${own.join('; ')}.*`.trim();
};

const rows = (fields: readonly Field[]): string[][] =>
  fields.map((field) => [code(field.path), formOf(field.schema), defaultOf(field), meaning(field.schema)]);

const head = ['field', 'form', 'default', 'meaning, and *what is refused*'];

/** A kind; of one that is like another, only what is different. */
const section = ({ spec }: Definition, like?: Definition): string => {
  const { names, scope } = spec;
  const [version] = spec.versions;
  const of = (definition: Definition, member: 'spec' | 'status'): Field[] => {
    const root = definition.spec.versions[0].schema.openAPIV3Schema.properties?.[member] ?? {};
    return fieldsOf(root, '');
  };
  const root = version.schema.openAPIV3Schema;
  // A field of the same name may have another default.
  const known = new Set(like ? rows(of(like, 'spec')).map(String) : []);
  const whole = rulesOf(root.properties?.['spec'] ?? {}).concat(rulesOf(root));
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => code(jsonPath.slice(1)));
  const about = [
    `${scope}, \`${names.plural}\`, short ${names.shortNames.map(code).join(', ')}. ${root.description ?? ''}`,
    ...(selectable.length > 0 ? [`With \`--field-selector\`: ${selectable.join(', ')}.`] : []),
  ].join('\n');
  if (like)
    return `## ${names.kind}\n\n${about}\nAll as in ${like.spec.names.kind}, and besides:\n\n${table(
      head,
      rows(of({ spec }, 'spec')).filter((row) => !known.has(String(row))),
    )}`;
  const refused =
    whole.length > 0 ? `\nRefused are also:\n\n${whole.map((one) => `* ${one}\n`).join('')}` : '';
  return [
    `## ${names.kind}\n\n${about}\n`,
    `### ${names.kind}: spec\n\n${table(head, rows(of({ spec }, 'spec')))}${refused}`,
    `### ${names.kind}: status\n\n${table(
      ['field', 'form', 'meaning'],
      rows(of({ spec }, 'status')).map(([path = '', form = '', , what = '']) => [path, form, what]),
    )}`,
  ].join('\n');
};

export const apiPage = (): string => {
  const named = (kind: string): Definition => {
    const found = definitions.find(({ spec }) => spec.names.kind === kind);
    if (!found) throw new Error(`there is no definition of ${kind}`);
    return found;
  };
  const provider = named('IdentityProvider');
  return `<!-- Generated from the schemas in src/api by \`npm run generate\`; do not edit. -->

# API

${provider.spec.versions.map(({ name }) => `\`machine-client.dev/${name}\``).join(' and ')}, with one and the same schema. On a cluster: \`kubectl explain mcl.spec --recursive\`. The
definitions: [crds/](../../crds); as JSON Schema and TypeScript: [objects with types](../how-to/typed-clients.md).
Annotations: [marks](../concepts/marks.md). A member of an object is written with a
dot, one of a list's objects with \`[].\`.

* A **duration** is one to four numbers, each with \`h\`, \`m\`, \`s\` or \`ms\`: \`1h30m\`.
* **required**: where the object around it is set.
* Where a pattern is too long for a table, \`kubectl apply\` says what is wrong.
* An unknown field is dropped by the API server, unless you ask it to say so: \`kubectl apply --validate=strict\`, which is
  kubectl's default.

## Where it departs from the conventions

The definitions keep to the [API conventions of Kubernetes](https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md).
Where they do not, there is a reason:

* **Durations** are texts such as \`1h30m\`, not numbers of seconds: the form of GEP-2257, as in the Gateway API. There is no
  unit for days, because not each has 24 hours.
* **A list that is left out** is not managed, and **an empty one** says that there is nothing: \`scopes\`, \`audiences\`,
  \`customClaims\`, \`authress.rateLimits\`, and the texts \`displayName\` and \`description\`. A Go type for them needs a pointer
  or \`omitzero\`, because \`omitempty\` leaves an empty list out, which then is not managed any more
  ([objects with types](../how-to/typed-clients.md#in-go)).
* **Those lists, \`secret.entries\`, and the lists of \`clientPolicy\`** are atomic (\`x-kubernetes-list-type\`), although each is a set
  or has keys: server-side apply takes away a set or a map with its last entry, and an empty list would become an absent one.
* **Booleans** are \`suspend\`, as in CronJob and Job, \`restart.discover\`, and those options of a provider that are booleans there.
* **\`customMetadata\`** has no schema: it is whatever JSON the provider keeps. Its size and depth are bounded by the operator,
  which says \`InvalidSpec\`.
* **\`authress.rateLimits[].quota\`** is a number of which only a few values exist.
* **\`metadata.name\`** of a MachineClient has at most 63 characters: it is the name of the Secret by default, and workloads put
  it into labels.
* **Requests** (rotate now, look now, revoke the old credential) are annotations, as in Flux: they ask for something once, and
  describe no state.
* **Conditions of which True is bad** are \`Stalled\`, \`RotationBlocked\`, \`RotationOverdue\`, \`Drifted\` and \`MassChangeHeld\`; the first
  is that of kstatus.
* **Enumerations grow.** Be prepared for values that you do not know, above all of \`type\` and of reasons.

${[section(named('MachineClient')), section(provider), section(named('ClusterIdentityProvider'), provider)].join('\n')}`;
};
