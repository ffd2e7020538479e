/** Under this name an object that was skimmed says what is missing in it. No key of a JSON text can be it. */
const leftOutOf: unique symbol = Symbol('left out');

/** Paths such as `spec.customMetadata`: what was left out of an object that was too large to be read as a whole. */
export const leftOut = (object: object): readonly string[] =>
  (object as { readonly [leftOutOf]?: readonly string[] })[leftOutOf] ?? [];

/** The larger members are not read: they are where the size comes from. */
const LARGEST_MEMBER = 16 * 1024;
/** Of all members together. The plain values of `metadata` are read whatever else there is: they name the object. */
const LARGEST_WHOLE = 256 * 1024;
/** As deep as `metadata.annotations.NAME` and `spec.secret.labels`. */
const DEEPEST = 2;
const MOST_NAMED = 8;

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

const parse = (bytes: Uint8Array): unknown =>
  JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));

/**
 * One JSON object, as a whole where it has at most `largestBytes`; else of its members those that are small, down to the
 * third level, and `leftOut` names the others. So an object of any size or depth costs no more memory than its own text.
 *
 * @throws SyntaxError for what is no JSON object
 */
export const readObject = (bytes: Uint8Array, largestBytes: number): unknown => {
  if (bytes.length <= largestBytes) return parse(bytes);
  return new Skimming().object(bytes, []);
};

class Skimming {
  readonly #missing: string[] = [];
  #kept = 0;

  object(bytes: Uint8Array, path: readonly string[]): object {
    const read: [string, unknown][] = [];
    for (const [key, member] of membersOf(bytes)) {
      const isPlain = member[0] !== OPEN_BRACE && member[0] !== OPEN_BRACKET;
      const names = isPlain && path.length === 1 && path[0] === 'metadata';
      if (member.length <= LARGEST_MEMBER && (names || this.#kept + member.length <= LARGEST_WHOLE)) {
        this.#kept += member.length;
        read.push([key, parse(member)]);
      } else if (member[0] === OPEN_BRACE && path.length < DEEPEST)
        read.push([key, this.object(member, [...path, key])]);
      else this.#miss([...path, key]);
    }
    // Not by assignment, for which `__proto__` is no name like others.
    const object: object = Object.fromEntries(read);
    return path.length === 0 ? Object.assign(object, { [leftOutOf]: this.#missing }) : object;
  }

  /** Of each of metadata, spec and status a few, so that none of them looks complete and is not. */
  #miss(path: readonly string[]): void {
    const named = this.#missing.filter((other) => other.split('.')[0] === path[0]).length;
    if (named < MOST_NAMED) this.#missing.push(path.join('.'));
  }
}

/**
 * The members of an object, one after the other, each with its value's bytes.
 *
 * @throws SyntaxError for what is no JSON object
 */
export function* membersOf(bytes: Uint8Array): Generator<readonly [key: string, value: Uint8Array]> {
  let at = skipBlank(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) throw new SyntaxError('no JSON object');
  at = skipBlank(bytes, at + 1);
  while (bytes[at] !== CLOSE_BRACE) {
    const keyEnd = endOf(bytes, at);
    const colon = skipBlank(bytes, keyEnd);
    if (bytes[at] !== QUOTE || bytes[colon] !== COLON) throw new SyntaxError('no JSON object');
    const from = skipBlank(bytes, colon + 1);
    const to = endOf(bytes, from);
    yield [parse(bytes.subarray(at, keyEnd)) as string, bytes.subarray(from, to)];
    at = skipBlank(bytes, to);
    if (bytes[at] === COMMA) at = skipBlank(bytes, at + 1);
    else if (bytes[at] !== CLOSE_BRACE) throw new SyntaxError('no JSON object');
  }
}

const skipBlank = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at++;
  return at;
};

/** Where the value that begins at `from` ends. By counting, so that no depth is too deep. */
const endOf = (bytes: Uint8Array, from: number): number => {
  const scanner = new JsonScanner();
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const wasInside = scanner.isText || scanner.depth > 0;
    // A number or a word ends where something else begins; what has an end of its own ends with it.
    if (!wasInside && at > from && (byte <= 0x20 || byte === COMMA || byte === COLON || byte === CLOSE_BRACE))
      return at;
    scanner.next(byte);
    if (wasInside && !scanner.isText && scanner.depth === 0) return at + 1;
  }
  throw new SyntaxError('the JSON text has no end');
};

/** Follows a JSON text byte by byte: how deep it is, and whether it is inside a text. It checks nothing else. */
export class JsonScanner {
  depth = 0;
  isText = false;
  #isEscaped = false;

  next(byte: number): void {
    if (this.isText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.isText = false;
    } else if (byte === QUOTE) this.isText = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.depth--;
  }
}
