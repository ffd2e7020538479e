import type { Schema } from './api.ts';
import { isObject, type JsonObject } from './json.ts';

/**
 * Prunes what a structural schema does not know and adds its defaults. A value that is as it should be is returned
 * itself. Nothing is checked: a value of the wrong type is left for `violations`. `before` conforms already, and so do
 * those of its parts that are parts of `value`.
 */
export const conform = (value: unknown, schema: Schema, before?: unknown): unknown => {
  if (Array.isArray(value)) return conformArray(value, schema, Array.isArray(before) ? before : []);
  return isObject(value) ? conformObject(value, schema, isObject(before) ? before : {}) : value;
};

const conformArray = (
  value: readonly unknown[],
  { items }: Schema,
  before: readonly unknown[],
): readonly unknown[] => {
  if (items === undefined || value === before) return value;
  const conformed = value.map((item, index) => conform(item, items, before[index]));
  return conformed.every((item, index) => Object.is(item, value[index])) ? value : conformed;
};

const conformObject = (value: JsonObject, schema: Schema, before: JsonObject): object => {
  if (value === before) return value;
  const { properties = {}, additionalProperties } = schema;
  const keepsUnknown =
    schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true;
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  let changed = false;
  const result: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const known = properties[key] ?? rest;
    if (known === undefined && !keepsUnknown) {
      changed = true;
      continue;
    }
    // A null where none may stand is as if nothing were there, if there is a default for that.
    const absent = part === null && known?.default !== undefined && known.nullable !== true;
    const conformed = absent || known === undefined ? part : conform(part, known, before[key]);
    if (absent || !Object.is(conformed, part)) changed = true;
    if (!absent) result[key] = conformed;
  }
  for (const [key, property] of Object.entries(properties)) {
    if (property.default === undefined || key in result) continue;
    result[key] = conform(property.default, property);
    changed = true;
  }
  return changed ? result : value;
};
