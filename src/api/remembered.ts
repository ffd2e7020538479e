import { Recent } from '../runtime/recent.ts';

/** Of each kind of part: the objects that are being worked on, and no more. */
const MOST = 256;
const LONGEST = 4 * 1024;

/**
 * The same reading, which is done once for what says the same, letter by letter. Of one object several versions come in a
 * row, and most of them differ in an annotation or in a condition: a schema looks at that part alone which is new.
 * `value` is out of JSON, and nobody may change what was read of it.
 */
export const remembered = <T extends object>(read: (value: unknown) => T): ((value: unknown) => T) => {
  const recent = new Recent<T>(MOST);
  return (value) => {
    const text = JSON.stringify(value) ?? '';
    if (text.length > LONGEST) return read(value);
    const known = recent.get(text);
    if (known !== undefined) return known;
    const made = read(value);
    recent.set(text, made);
    return made;
  };
};
