/**
 * The same, as the JSON parser makes it: no larger than it must be, where what grew field by field has room to spare,
 * and no text that is a part of a longer one and keeps all of that.
 */
export const compact = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What lies deeper is left as it is: our own objects have about eight levels, and the stack has an end. */
const DEEPEST = 64;

/**
 * Of objects that are kept by the thousand most say the same: what `value` has in common with `like`, one of its kind,
 * is made the same in memory. Changes `value`, and gives it, or `like` where nothing differs.
 *
 * For what is made of plain objects, arrays, texts, numbers and booleans, and is never changed afterwards.
 */
export const share = <T>(value: T, like: unknown): T => shared(value, like, new Map(), DEEPEST) as T;

const shared = (value: unknown, like: unknown, texts: Map<string, string>, levels: number): unknown => {
  if (typeof value === 'string') return value === like ? like : own(value, texts);
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (!isPlain(value) || levels === 0) return value;
  const other = isPlain(like) ? like : undefined;
  const isAlike = other !== undefined && isOfOneShape(value, other);
  let isSame = isAlike;
  for (const key of Object.keys(value)) {
    const there = isAlike || (other !== undefined && Object.hasOwn(other, key)) ? other[key] : undefined;
    const now = shared(value[key], there, texts, levels - 1);
    // An assignment to `__proto__` would be one to the prototype where there is no property of that name; here is one.
    value[key] = now;
    isSame &&= now === there;
  }
  return isSame ? other : value;
};

/** A text that stands in one object several times: a name, the time at which several conditions changed. */
const own = (text: string, texts: Map<string, string>): string => {
  const before = texts.get(text);
  if (before === undefined) texts.set(text, text);
  return before ?? text;
};

/** Turns a change of a cached object by accident into an exception. Bytes cannot be frozen. However deep it is. */
export const deepFreeze = <T>(value: T): T => {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part !== 'object' || part === null || Object.isFrozen(part) || ArrayBuffer.isView(part))
      continue;
    for (const inner of Object.values(part)) open.push(inner);
    Object.freeze(part);
  }
  return value;
};

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
};

/** The same keys in the same order: what is made of the one reads like what is made of the other. */
const isOfOneShape = (one: object, other: object): boolean => {
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return keys.length === others.length && keys.every((key, index) => key === others[index]);
};
