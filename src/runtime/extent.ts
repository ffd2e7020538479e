/** How much a value out of a JSON text may be. */
export interface Bounds {
  /** Arrays and objects inside of each other; a text or a number alone has none. */
  readonly levels: number;
  /** Arrays, objects, texts, numbers, booleans and nulls together. */
  readonly values: number;
}

/**
 * What of a value is beyond the bounds, in words; undefined where it is within them. Asked before anything recursive
 * sees a value that somebody else has written. It walks with a stack of its own and ends at the first bound that is
 * passed, so its cost is bounded too.
 */
export const beyond = (value: unknown, { levels, values }: Bounds): string | undefined => {
  const stack: (readonly [parts: readonly unknown[], level: number])[] = [[[value], 0]];
  let seen = 1;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [parts, level] = next;
    for (const part of parts) {
      if (typeof part !== 'object' || part === null) continue;
      const inner: readonly unknown[] = Array.isArray(part) ? part : Object.values(part);
      seen += inner.length;
      if (level >= levels) return `it has more than ${levels} levels`;
      if (seen > values) return `it has more than ${values} values`;
      stack.push([inner, level + 1]);
    }
  }
  return undefined;
};
