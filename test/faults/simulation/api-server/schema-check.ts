import type { Schema } from './api.ts';
import type { FieldCause } from './failure.ts';
import { isObject, type JsonObject } from './json.ts';

const patterns = new Map<string, RegExp>();

const patternOf = (source: string): RegExp => {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, 'u');
  patterns.set(source, made);
  return made;
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const isOfType = (value: unknown, type: string): boolean => {
  const actual = typeOf(value);
  return actual === type || (type === 'number' && actual === 'integer');
};

/**
 * What of a value breaks its schema. Rules in CEL are not evaluated here. A part that is as it was before is not looked
 * at again: what was stored under an earlier schema may stay (ratcheting).
 */
export const violations = (
  value: unknown,
  schema: Schema,
  field: string,
  before: unknown,
): readonly FieldCause[] => {
  if (value === before && value !== undefined) return [];
  if (value === null && schema.nullable === true) return [];
  if (schema.type !== undefined && !isOfType(value, schema.type)) {
    const actual = typeOf(value);
    const message = `Invalid value: "${actual}": ${field} in body must be of type ${schema.type}: "${actual}"`;
    return [{ reason: 'FieldValueTypeInvalid', message, field }];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const supported = schema.enum.map((one) => JSON.stringify(one)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
    return [{ reason: 'FieldValueNotSupported', message, field }];
  }
  if (typeof value === 'string') return ofString(value, schema, field);
  if (typeof value === 'number') return ofNumber(value, schema, field);
  if (Array.isArray(value)) return ofArray(value, schema, field, Array.isArray(before) ? before : []);
  return isObject(value) ? ofObject(value, schema, field, isObject(before) ? before : {}) : [];
};

const bad = (value: unknown, field: string, should: string): FieldCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${field} in body should ${should}`,
  field,
});

const ofString = (value: string, schema: Schema, field: string): FieldCause[] => {
  const found: FieldCause[] = [];
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  // In characters, and not in UTF-16 units, of which one has two at most: most texts need no counting.
  const isPlain = value.length <= maxLength && value.length >= 2 * minLength;
  const length = isPlain ? value.length : [...value].length;
  if (length > maxLength)
    found.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${maxLength} bytes`,
      field,
    });
  if (length < minLength) found.push(bad(value, field, `be at least ${minLength} chars long`));
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value))
    found.push(bad(value, field, `match '${schema.pattern}'`));
  return found;
};

const ofNumber = (value: number, schema: Schema, field: string): FieldCause[] => {
  if (schema.minimum !== undefined && value < schema.minimum)
    return [bad(value, field, `be greater than or equal to ${schema.minimum}`)];
  if (schema.maximum !== undefined && value > schema.maximum)
    return [bad(value, field, `be less than or equal to ${schema.maximum}`)];
  return [];
};

const tooMany = (count: number, most: number, field: string): FieldCause => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${count}: must have at most ${most} items`,
  field,
});

const ofArray = (
  value: readonly unknown[],
  schema: Schema,
  field: string,
  before: readonly unknown[],
): FieldCause[] => {
  const found: FieldCause[] = [];
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    found.push(tooMany(value.length, schema.maxItems, field));
  if (schema.minItems !== undefined && value.length < schema.minItems)
    found.push(bad(value, field, `have at least ${schema.minItems} items`));
  const { items } = schema;
  if (items !== undefined)
    for (const [index, item] of value.entries())
      found.push(...violations(item, items, `${field}[${index}]`, before[index]));
  const keys = schema['x-kubernetes-list-map-keys'];
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return found;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const named = keys === undefined ? item : Object.fromEntries(keys.map((key) => [key, partOf(item, key)]));
    const text = JSON.stringify(named);
    if (seen.has(text))
      found.push({
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${text}`,
        field: `${field}[${index}]`,
      });
    seen.add(text);
  }
  return found;
};

const partOf = (item: unknown, key: string): unknown => (isObject(item) ? item[key] : undefined);

const ofObject = (value: JsonObject, schema: Schema, field: string, before: JsonObject): FieldCause[] => {
  const found: FieldCause[] = [];
  const { properties = {}, additionalProperties, required = [] } = schema;
  const keys = Object.keys(value);
  if (schema.maxProperties !== undefined && keys.length > schema.maxProperties)
    found.push(tooMany(keys.length, schema.maxProperties, field));
  if (schema.minProperties !== undefined && keys.length < schema.minProperties)
    found.push(bad(value, field, `have at least ${schema.minProperties} properties`));
  for (const key of required)
    if (!(key in value))
      found.push({ reason: 'FieldValueRequired', message: 'Required value', field: `${field}.${key}` });
  for (const key of keys) {
    const property =
      properties[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (property !== undefined)
      found.push(...violations(value[key], property, `${field}.${key}`, before[key]));
  }
  return found;
};
