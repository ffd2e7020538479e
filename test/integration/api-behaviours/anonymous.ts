import { isRecord } from './rig.ts';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME_FIELDS = new Set(['creationTimestamp', 'deletionTimestamp']);

/**
 * Answers of two servers to the same requests, made comparable: versions and uids are numbered in the order in which
 * they were first seen, times become a word, and messages are left out where nobody depends on them.
 */
export class Anonymous {
  readonly #versions: string[] = [];
  readonly #uids: string[] = [];

  /** The version of that number on this server; one of those seen, whatever the number. */
  version(number: number): string {
    return this.#versions[number % Math.max(1, this.#versions.length)] ?? '1';
  }

  uid(number: number): string {
    return this.#uids[number % Math.max(1, this.#uids.length)] ?? 'none';
  }

  answer(status: number, body: unknown): unknown {
    if (!isRecord(body) || body['kind'] !== 'Status' || status < 300)
      return { status, body: this.#value(body, '') };
    const { reason, details } = body as { readonly reason?: string; readonly details?: Details };
    const fields = (details?.causes ?? []).map(({ field }) => field).filter((field) => field !== '<nil>');
    const { name, group, kind } = details ?? {};
    return { status, reason, name, group, kind, fields: [...new Set(fields)].sort() };
  }

  event(type: string, object: unknown): unknown {
    return { type, object: this.#value(object, '') };
  }

  #value(value: unknown, field: string): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#value(one, field));
    if (isRecord(value))
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#value(one, key)]));
    if (typeof value !== 'string') return value;
    if (field === 'resourceVersion') return `version ${numberOf(this.#versions, value)}`;
    if (TIME_FIELDS.has(field)) return 'a time';
    return value.replace(UID, (uid) => `uid ${numberOf(this.#uids, uid)}`);
  }
}

interface Details {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly field?: string }[];
}

const numberOf = (known: string[], one: string): number => {
  const index = known.indexOf(one);
  return index === -1 ? known.push(one) - 1 : index;
};
