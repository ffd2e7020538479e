import type { RawObject } from '../../../../src/kube/list-pager.ts';
import { apiVersion, secrets } from '../../../../src/kube/resource.ts';
import { badRequest, type FieldCause, invalid } from './failure.ts';
import { isEmptyObject, isObject, type JsonObject } from './json.ts';
import { fieldAt, type Kind } from './kind.ts';

const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MOST_BYTES = 1024 * 1024;

/** Which keys a Secret of a well-known type must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

export const secretKind: Kind = {
  ...secrets,
  apiVersion: apiVersion(secrets),
  custom: false,
  counted: false,
  hasStatus: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  incompleteWhenCreated: false,
  fields: new Map([['type', fieldAt(['type'])]]),

  content(sent, old, verb) {
    // In Go an empty map is not the same as none, and so it is a change.
    if (old?.['immutable'] === true && old['data'] === undefined && isEmptyObject(sent['data']))
      throw invalid(secrets, old.metadata.name, [fixed('data')]);
    const data = dataOf(sent, old?.['data']);
    for (const value of Object.values(data ?? {}))
      if (typeof value !== 'string' || !BASE64.test(value)) throw notBase64(verb === 'patch');
    return {
      ...(typeof sent['immutable'] === 'boolean' ? { immutable: sent['immutable'] } : {}),
      ...(data === undefined ? {} : { data }),
      type: sent['type'] || 'Opaque',
    };
  },

  check: (next, old) => {
    const found = dataKeyCauses(next['data'], 'data');
    const data = (next['data'] ?? {}) as Readonly<Record<string, string>>;
    for (const key of REQUIRED_KEYS[next['type'] as string] ?? [])
      if (!(key in data))
        found.push({ reason: 'FieldValueRequired', message: 'Required value', field: `data[${key}]` });
    let bytes = 0;
    for (const value of Object.values(data)) bytes += Buffer.byteLength(value, 'base64');
    if (bytes > MOST_BYTES)
      found.push({
        reason: 'FieldValueTooLong',
        message: `Too long: may not be more than ${MOST_BYTES} bytes`,
        field: 'data',
      });
    if (old === undefined) return found;
    if (next['type'] !== old['type'])
      found.push({
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(next['type'])}: field is immutable`,
        field: 'type',
      });
    return [...found, ...fixedDataCauses(next, old, ['data'])];
  },
};

/** `stringData` is only ever written: it goes into `data`. */
const dataOf = (sent: JsonObject, before: unknown): JsonObject | undefined => {
  const { data, stringData } = sent;
  if (data === before && stringData === undefined && before !== undefined) return data as JsonObject;
  const result: Record<string, unknown> = {};
  if (isObject(data)) for (const [key, value] of Object.entries(data)) result[key] = value ?? '';
  if (isObject(stringData))
    for (const [key, value] of Object.entries(stringData))
      result[key] = Buffer.from(value as string).toString('base64');
  return Object.keys(result).length === 0 ? undefined : result;
};

const notBase64 = (inPatch: boolean): Error => {
  const message = 'illegal base64 data at input byte 0';
  if (!inPatch) return badRequest(`Secret in version "v1" cannot be handled as a Secret: ${message}`);
  return invalid({ group: '', plural: '', kind: '' }, '', [
    { reason: 'FieldValueInvalid', message: `Invalid value: ${message}`, field: 'patch' },
  ]);
};

export const dataKeyCauses = (data: unknown, field: string): FieldCause[] =>
  Object.keys(isObject(data) ? data : {})
    .filter((key) => !DATA_KEY.test(key))
    .map((key) => ({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
      field: `${field}[${key}]`,
    }));

/** Of a Secret or a ConfigMap with `immutable: true`. */
export const fixedDataCauses = (next: RawObject, old: RawObject, fields: readonly string[]): FieldCause[] => {
  if (old['immutable'] !== true) return [];
  const changed = fields.filter((field) => next[field] !== old[field]);
  if (next['immutable'] !== true) changed.unshift('immutable');
  return changed.map(fixed);
};

const fixed = (field: string): FieldCause => ({
  reason: 'FieldValueForbidden',
  message: 'Forbidden: field is immutable when `immutable` is set',
  field,
});
