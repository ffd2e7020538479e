import type { Schema } from '../../helpers/install-crds.ts';
import type { Kind, Spec } from './cluster.ts';
import { nodesOf, pathsTo, placeName, readGolden, schemaOf, withValue } from './golden.ts';

/** A spec in which exactly one keyword of the schema does not hold. */
interface Violation {
  /** The field, without indices: `spec.secret.entries[].key`. */
  readonly at: string;
  readonly keyword: string;
  /** The reason of the API server's complaint. */
  readonly reason: string;
  readonly spec: Spec;
}

interface Breach {
  readonly reason: string;
  readonly value: (old: unknown) => unknown;
}

const more = (old: unknown, { maxItems, ...schema }: Schema): unknown[] => {
  const [first] = old as unknown[];
  const [key = ''] = (schema['x-kubernetes-list-map-keys'] ?? []) as string[];
  const different = (index: number): unknown =>
    typeof first === 'string'
      ? `value-${index}`
      : { ...(first as Spec), ...(key && { [key]: `key-${index}` }) };
  return Array.from({ length: Number(maxItems) + 1 }, (_, index) => different(index));
};
const crowded = (old: unknown, count: number): Spec => ({
  ...(old as Spec),
  ...Object.fromEntries(Array.from({ length: count + 1 }, (_, index) => [`key-${index}`, 'value'])),
});

const breaches: Readonly<Record<string, (schema: Schema) => Breach>> = {
  enum: ({ type }) => ({
    reason: 'FieldValueNotSupported',
    value: () => (type === 'integer' ? -1 : 'Unheard-of'),
  }),
  // None of the patterns takes a line break.
  pattern: () => ({ reason: 'FieldValueInvalid', value: (old) => `${String(old)}\n` }),
  maxLength: ({ maxLength }) => ({
    reason: 'FieldValueTooLong',
    value: () => '1'.repeat(Number(maxLength) + 1),
  }),
  minLength: () => ({ reason: 'FieldValueInvalid', value: () => '' }),
  minimum: ({ minimum }) => ({ reason: 'FieldValueInvalid', value: () => Number(minimum) - 1 }),
  maximum: ({ maximum }) => ({ reason: 'FieldValueInvalid', value: () => Number(maximum) + 1 }),
  minItems: () => ({ reason: 'FieldValueInvalid', value: () => [] }),
  maxItems: (schema) => ({ reason: 'FieldValueTooMany', value: (old) => more(old, schema) }),
  maxProperties: ({ maxProperties }) => ({
    reason: 'FieldValueTooMany',
    value: (old) => crowded(old, Number(maxProperties)),
  }),
};

/** Breaks each bound, pattern, enumeration and required field of the spec, one at a time, in the golden objects. */
export const violationsOf = async (kind: Kind): Promise<Violation[]> => {
  const golden = await readGolden(kind);
  const root = (await schemaOf(kind)).properties?.['spec'] ?? {};
  return nodesOf(root, []).flatMap(({ place, schema }): Violation[] => {
    const breach = (at: readonly string[], keyword: string, { reason, value }: Breach): Violation => {
      for (const { spec } of golden) {
        const [path] = pathsTo(spec, at);
        const field = path?.map((key) => (/^\d+$/.test(key) ? '[]' : key)) ?? [];
        if (path)
          return { at: placeName(['spec', ...field]), keyword, reason, spec: withValue(spec, path, value) };
      }
      throw new Error(`no golden ${kind} has ${placeName(at)}`);
    };
    const own = Object.entries(breaches)
      .filter(
        ([keyword]) => schema[keyword] !== undefined && !(keyword === 'minLength' && schema[keyword] === 0),
      )
      .map(([keyword, make]) => breach(place, keyword, make(schema)));
    const required = (schema.required ?? []).map((name) =>
      breach([...place, name], 'required', { reason: 'FieldValueRequired', value: () => undefined }),
    );
    return [...own, ...required];
  });
};
