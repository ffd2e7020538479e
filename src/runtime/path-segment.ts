/** Some servers decode a path more than once on the way; more often than this none does. */
const MOST_DECODINGS = 4;

/** As nearly all of them are: nothing in it is decoded, or separates anything. */
const NAME = /^[\w-][\w.-]*$/;

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // What is left cannot be decoded by anybody else either.
    return text;
  }
};

const isHarmless = (text: string): boolean =>
  // A backslash is a slash to some, and what follows a semicolon is cut off by some: `..;x` is a `..` to them.
  text.split(/[/\\]/).every((part) => !['', '.', '..'].includes(part.split(';')[0] ?? ''));

/**
 * Whether a text can stand as one segment of a URL's path and lead nowhere else (RFC 3986, section 5.2.4): not empty,
 * not `.` or `..`, and not with such a part in it, however often it is decoded. It still has to be encoded.
 */
export const isPathSegment = (text: string): boolean => {
  if (NAME.test(text)) return true;
  if (!text.isWellFormed()) return false;
  let current = text;
  for (let round = 0; round <= MOST_DECODINGS; round++) {
    if (!isHarmless(current)) return false;
    const next = decoded(current);
    if (next === current) return true;
    current = next;
  }
  return false;
};
