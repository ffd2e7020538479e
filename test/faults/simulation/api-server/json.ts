/** An object as JSON has it: no array, not null. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isEmptyObject = (value: unknown): boolean => isObject(value) && Object.keys(value).length === 0;

/** Of what should be a text, or is not there. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/**
 * `next` with every part that equals the same part of `old` replaced by that one: equal values become the same value.
 * So "nothing was changed" is a comparison of references, and what is frozen or pruned once is so for good.
 */
export const share = <T>(old: unknown, next: T): T => {
  if (Object.is(old, next)) return next;
  if (isArray(old) && isArray(next)) {
    const shared = next.map((value, index) => share(old[index], value));
    const same = old.length === shared.length && shared.every((value, index) => Object.is(old[index], value));
    return (same ? old : shared) as T;
  }
  if (!isObject(old) || !isObject(next)) return next;
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(old).length;
  const shared: Record<string, unknown> = {};
  for (const key of keys) {
    const value = share(old[key], next[key]);
    shared[key] = value;
    if (!Object.is(value, old[key]) || !(key in old)) same = false;
  }
  return (same ? old : shared) as T;
};

/** RFC 7386. What the patch does not touch is the same value as before. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return share(target, patch);
  const before = isObject(target) ? target : {};
  let after: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      if (!(key in before)) continue;
      after ??= { ...before };
      delete after[key];
      continue;
    }
    const merged = mergePatch(before[key], value);
    if (Object.is(merged, before[key]) && key in before) continue;
    after ??= { ...before };
    after[key] = merged;
  }
  return after ?? before;
};

/** What is frozen already is so to its leaves. */
export const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
};
