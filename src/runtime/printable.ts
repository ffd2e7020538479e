/**
 * What a terminal, a log viewer or a reader must never get from outside: C0, DEL and C1 control characters (terminal
 * escapes, forged lines), line and paragraph separators, what changes the direction of a text, and halves of a character
 * (Unicode, section 23.1; Unicode Technical Report 36, section 2.5).
 */
const unsafe =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
const plain = /^[\n\x20-\x7e]*$/;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escaped = (character: string): string =>
  short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Of a condition, an event or a line on a terminal: longer than anything that we say ourselves. */
const LONGEST_TEXT = 2_048;

/**
 * A text from outside as it may be shown: with escapes for what is not printable, and cut to `longest` UTF-16 code units.
 * The same again when it is given its own result.
 */
export const printable = (text: string, longest = LONGEST_TEXT): string => {
  // Cut first, so that what is thrown away costs nothing; and again, for escapes are longer.
  const safe = cut(text, longest).replace(unsafe, escaped);
  return cut(safe, longest);
};

const cut = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  const end = longest - 1;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return `${text.slice(0, isHalf ? end - 1 : end)}…`;
};

/** Every text in a value out of JSON, keys included; for reports, which are ours, and whose texts need not be. */
export const printableParts = <T>(value: T): T => printed(value) as T;

const printed = (value: unknown): unknown => {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(printed);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [printable(key), printed(part)]));
};

/** A JSON text that says the same, with escapes for what JSON itself lets stand in a text. */
export const printableJson = (json: string): string =>
  // Most lines hold nothing but ASCII, and there is a shorter way to see that.
  plain.test(json)
    ? json
    : json.replace(unsafe, (character) => (character === '\n' ? character : escaped(character)));
