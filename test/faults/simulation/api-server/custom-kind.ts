import type { CustomResourceDefinition, Schema } from './api.ts';
import type { FieldCause } from './failure.ts';
import { isObject } from './json.ts';
import { fieldAt, type Kind, type WriteVerb } from './kind.ts';
import { conform } from './schema.ts';
import { violations } from './schema-check.ts';

const ENVELOPE = new Set(['apiVersion', 'kind', 'metadata']);

/** The first version of a definition: of ours the one that is stored, and that the operator speaks. */
export const customKind = ({ spec }: CustomResourceDefinition): Kind => {
  const [version] = spec.versions;
  if (version === undefined) throw new Error(`${spec.names.plural} has no version`);
  const schema = version.schema.openAPIV3Schema;
  const fields = Object.entries(schema.properties ?? {}).filter(([field]) => !ENVELOPE.has(field));
  const hasStatus = version.subresources?.status !== undefined;
  return {
    group: spec.group,
    version: version.name,
    apiVersion: `${spec.group}/${version.name}`,
    plural: spec.names.plural,
    kind: spec.names.kind,
    namespaced: spec.scope === 'Namespaced',
    custom: true,
    counted: true,
    hasStatus,
    unconditionalUpdate: false,
    createOnUpdate: false,
    incompleteWhenCreated: hasStatus && schema.properties?.['status']?.default !== undefined,
    fields: new Map(
      (version.selectableFields ?? []).map(({ jsonPath }) => {
        const path = jsonPath.slice(1);
        return [path, fieldAt(path.split('.'))];
      }),
    ),

    content(sent, old, verb) {
      const content: Record<string, unknown> = {};
      for (const [field, property] of fields) {
        const before = old?.[field];
        const said = isTaken(field, verb, hasStatus) ? sent[field] : before;
        const value = said === undefined ? property.default : said;
        if (value === undefined) continue;
        content[field] = value === before ? value : conform(value, property, before);
      }
      return content;
    },

    check: (next, old) => [
      ...(old === undefined ? nameCauses(next.metadata.name, schema) : []),
      ...fields.flatMap(([field, property]) => {
        const value = next[field];
        if (value === old?.[field] && old !== undefined) return [];
        if (value !== undefined) return violations(value, property, field, old?.[field]);
        return schema.required?.includes(field) ? [required(field)] : [];
      }),
    ],
  };
};

/** Through the status subresource nothing else is written, and without it no status. */
const isTaken = (field: string, verb: WriteVerb, hasStatus: boolean): boolean =>
  hasStatus && field === 'status' ? verb === 'status' : verb !== 'status';

const required = (field: string): FieldCause => ({
  reason: 'FieldValueRequired',
  message: 'Required value',
  field,
});

const nameCauses = (name: string, root: Schema): readonly FieldCause[] => {
  const schema = root.properties?.['metadata']?.properties?.['name'];
  return isObject(schema) ? violations(name, schema, 'metadata.name', undefined) : [];
};
