import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { readCrds, type Schema } from '../../helpers/install-crds.ts';
import type { Kind, Spec } from './cluster.ts';

interface Golden {
  readonly kind: Kind;
  readonly metadata: { readonly name: string };
  readonly spec: Spec;
  readonly status?: Spec;
}

/** The objects of the kind in `golden/`, which between them set every field of it; a provider may have a file of its own. */
export const readGolden = async (kind: Kind): Promise<Golden[]> => {
  const folder = join(import.meta.dirname, 'golden');
  const files = (await readdir(folder)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts
    .flatMap((text) => parseAllDocuments(text))
    .map((document) => document.toJS() as Golden)
    .filter((object) => object.kind === kind);
};

export const schemaOf = async (kind: Kind): Promise<Schema> => {
  const definition = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
  if (!definition) throw new Error(`crds/ has no ${kind}`);
  return definition.spec.versions[0].schema.openAPIV3Schema;
};

/** A place in a schema: names of fields, `[]` for any element of a list, `*` for any key of a map. */
export type Place = readonly string[];

/** `spec.restart.targets[].name` */
export const placeName = (place: Place): string => place.join('.').replaceAll('.[]', '[]');

export const nodesOf = (schema: Schema, place: Place): { place: Place; schema: Schema }[] => [
  { place, schema },
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => nodesOf(child, [...place, name])),
  ...(schema.items ? nodesOf(schema.items, [...place, '[]']) : []),
  ...(schema.additionalProperties ? nodesOf(schema.additionalProperties, [...place, '*']) : []),
];

/** All paths of a value that lead to that place. */
export const pathsTo = (value: unknown, place: Place): string[][] => {
  const [step, ...rest] = place;
  if (step === undefined) return value === undefined ? [] : [[]];
  if (typeof value !== 'object' || value === null) return [];
  const anyKey = step === '*' || step === '[]';
  const keys = anyKey ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  return keys.flatMap((key) =>
    pathsTo((value as Record<string, unknown>)[key], rest).map((tail) => [key, ...tail]),
  );
};

/** A copy in which one place is changed; `undefined` removes it. */
export const withValue = <T>(value: T, path: readonly string[], change: (old: unknown) => unknown): T => {
  const copy = structuredClone(value);
  let parent = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  parent[last] = change(parent[last]);
  return copy;
};
