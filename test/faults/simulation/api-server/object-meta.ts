import type { ObjectMeta } from '../../../../src/kube/resource.ts';
import type { FieldCause } from './failure.ts';
import { isObject, type JsonObject } from './json.ts';

/** As this server keeps it: what `ObjectMeta` says, and what only the server itself reads. `managedFields` is not kept. */
export type StoredMeta = ObjectMeta & {
  readonly generateName?: string;
  readonly deletionGracePeriodSeconds?: number;
};

/** What a writer may say; an empty one of these is as if it were not there. */
const OPEN = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || Object.keys(value).length === 0;

const openFields = (sent: JsonObject | StoredMeta): Partial<StoredMeta> => {
  const said: Record<string, unknown> = {};
  for (const field of OPEN) if (!isEmpty(sent[field])) said[field] = withTexts(sent[field]);
  return said;
};

/** In a map of texts, null is an empty one. */
const withTexts = (value: unknown): unknown => {
  if (!isObject(value) || !Object.values(value).includes(null)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, text ?? '']));
};

/** RFC 3339 in whole seconds, as all time stamps of metadata. */
export const timestamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export const generatedName = (base: string, random: () => number): string => {
  let name = base.slice(0, 58);
  for (let i = 0; i < 5; i++) name += SUFFIX_ALPHABET[Math.floor(random() * SUFFIX_ALPHABET.length)];
  return name;
};

export const newUid = (random: () => number): string => {
  let hex = '';
  for (let i = 0; i < 4; i++)
    hex += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
};

/** Of a new object. It has no resourceVersion before it is stored. */
export const createdMeta = (
  sent: JsonObject,
  given: {
    readonly name: string;
    readonly namespace: string | undefined;
    readonly uid: string;
    readonly now: number;
    readonly generation: number | undefined;
  },
): StoredMeta => ({
  name: given.name,
  ...(typeof sent['generateName'] === 'string' ? { generateName: sent['generateName'] } : {}),
  ...(given.namespace === undefined ? {} : { namespace: given.namespace }),
  uid: given.uid,
  resourceVersion: '',
  ...(given.generation === undefined ? {} : { generation: given.generation }),
  creationTimestamp: timestamp(given.now),
  ...openFields(sent),
});

/** What only the server writes: a writer may leave it out or repeat it. */
const CLOSED = ['creationTimestamp', 'uid', 'deletionTimestamp'] as const;

/** After an update. Everything that only the server writes is as it was. */
export const updatedMeta = (sent: JsonObject | StoredMeta, old: StoredMeta): StoredMeta => {
  if (sent === old) return old;
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...rest } = old;
  return { ...rest, ...openFields(sent) };
};

export const updateCauses = (sent: JsonObject | StoredMeta, old: StoredMeta): FieldCause[] => {
  if (sent === old) return [];
  const found: FieldCause[] = [];
  for (const field of CLOSED) {
    const value = sent[field];
    if (value === undefined || value === null || value === '' || value === old[field]) continue;
    const message = `Invalid value: ${JSON.stringify(value)}: field is immutable`;
    found.push({ reason: 'FieldValueInvalid', message, field: `metadata.${field}` });
  }
  const finalizers = Array.isArray(sent['finalizers']) ? (sent['finalizers'] as readonly string[]) : [];
  const added =
    old.deletionTimestamp === undefined ? [] : finalizers.filter((one) => !old.finalizers?.includes(one));
  if (added.length > 0) {
    const list = added.map((one) => JSON.stringify(one)).join(', ');
    const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
    found.push({ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' });
  }
  return found;
};

/** Old finalizers of custom resources are allowed to be a word. */
export const finalizerCauses = (custom: boolean, meta: StoredMeta, old: StoredMeta): FieldCause[] => {
  const { finalizers = [] } = meta;
  if (custom || finalizers === old.finalizers) return [];
  return [...finalizers.entries()]
    .filter(([, finalizer]) => !finalizer.includes('/'))
    .map(([index, finalizer]) => ({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(finalizer)}: name is neither a standard finalizer name nor is it fully qualified`,
      field: `metadata.finalizers[${index}]`,
    }));
};

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const MOST_ANNOTATION_BYTES = 256 * 1024;

export const nameCauses = (name: string): FieldCause[] => {
  const field = 'metadata.name';
  if (name === '')
    return [
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field,
      },
    ];
  if (name.length <= LONGEST_NAME && SUBDOMAIN.test(name)) return [];
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`;
  return [{ reason: 'FieldValueInvalid', message, field }];
};

const keyCauses = (key: string, field: string): FieldCause[] => {
  const [first = '', second, ...more] = key.split('/');
  const [prefix, name] = second === undefined ? [undefined, first] : [first, second];
  const good =
    more.length === 0 &&
    name.length <= LONGEST_LABEL &&
    QUALIFIED_NAME.test(name) &&
    (prefix === undefined || (prefix.length <= LONGEST_NAME && SUBDOMAIN.test(prefix)));
  if (good) return [];
  const message = `Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
  return [{ reason: 'FieldValueInvalid', message, field }];
};

/** Of labels and annotations; what has not changed is not looked at again. */
export const textCauses = (meta: StoredMeta, old: StoredMeta | undefined): FieldCause[] => {
  const found: FieldCause[] = [];
  const { labels, annotations } = meta;
  if (labels !== old?.labels)
    for (const [key, value] of Object.entries(labels ?? {})) {
      found.push(...keyCauses(key, 'metadata.labels'));
      if (value.length > LONGEST_LABEL || !LABEL_VALUE.test(value)) {
        const message = `Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
        found.push({ reason: 'FieldValueInvalid', message, field: 'metadata.labels' });
      }
    }
  if (annotations !== old?.annotations) {
    let bytes = 0;
    for (const [key, value] of Object.entries(annotations ?? {})) {
      found.push(...keyCauses(key.toLowerCase(), 'metadata.annotations'));
      bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    }
    if (bytes > MOST_ANNOTATION_BYTES)
      found.push({
        reason: 'FieldValueTooLong',
        message: `Too long: may not be more than ${MOST_ANNOTATION_BYTES} bytes`,
        field: 'metadata.annotations',
      });
  }
  return found;
};

/** Of what was sent: an empty object where there is none. */
export const metaOf = (sent: JsonObject): JsonObject => (isObject(sent['metadata']) ? sent['metadata'] : {});
