import * as z from 'zod';
import { OperatorError } from '../../runtime/errors.ts';

type Json = Record<string, unknown>;

const refuse = (path: string, why: string): never => {
  throw new OperatorError('MCO_SCHEMA_NOT_STRUCTURAL', `${path}: ${why}`);
};

/** Keywords of JSON Schema that a structural schema takes as they are. */
const kept = new Set([
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'minProperties',
  'required',
  'nullable',
]);
/** Formats whose pattern zod writes out although the API server knows the format. */
const knownFormats = new Set(['date-time']);

/**
 * Turns what zod emits into a structural schema (the form that CustomResourceDefinitions demand), or refuses what
 * has no such form. Unknown fields need no keyword: the API server prunes them.
 */
const normalise = (schema: Json, path: string): Json => {
  if ('$ref' in schema || 'definitions' in schema)
    refuse(path, 'references are not allowed: do not give schemas an id');
  for (const keyword of ['anyOf', 'oneOf', 'allOf', 'not'])
    if (Object.hasOwn(schema, keyword))
      refuse(path, `${keyword} is not allowed here: model it as optional siblings and a CEL rule`);
  const out: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key) || key.startsWith('x-kubernetes-')) out[key] = value;
    else if (key === 'properties') {
      out['properties'] = Object.fromEntries(
        Object.entries(value as Record<string, Json>).map(([name, child]) => [
          name,
          normalise(child, `${path}.${name}`),
        ]),
      );
    } else if (key === 'items') out['items'] = normalise(value as Json, `${path}[]`);
    else if (key === 'additionalProperties') {
      if (value === false) continue;
      const empty = value !== true && Object.keys(value as Json).length === 0;
      if (empty || value === true) out['x-kubernetes-preserve-unknown-fields'] = true;
      else out['additionalProperties'] = normalise(value as Json, `${path}{}`);
    } else if (key !== '$schema' && key !== 'propertyNames') refuse(path, `keyword ${key} is not known here`);
  }
  if (out['type'] === 'integer') {
    const format = out['maximum'] === 2147483647 || out['format'] === 'int32' ? 'int32' : 'int64';
    for (const bound of ['minimum', 'maximum'])
      if (Math.abs(Number(out[bound])) >= 2147483647) delete out[bound];
    out['format'] = format;
  }
  if (typeof out['format'] === 'string' && knownFormats.has(out['format'])) delete out['pattern'];
  if (typeof out['pattern'] === 'string' && /\(\?[=!<]/.test(out['pattern']))
    refuse(path, "look-around is not allowed in patterns: the API server's RE2 has none");
  if (
    out['x-kubernetes-preserve-unknown-fields'] === true &&
    Object.keys((out['properties'] as Json) ?? {}).length === 0
  )
    delete out['properties'];
  return out;
};

export const structural = (schema: z.ZodType, path: string): Json =>
  normalise(
    z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' }) as Json,
    path,
  );
