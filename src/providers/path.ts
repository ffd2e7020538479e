import { isPathSegment } from '../runtime/path-segment.ts';

/** A path below a base URL. Only `path` makes one, so that nothing gets into a request's path without a check. */
export class Path {
  /** Encoded, with a slash at its beginning. */
  readonly pathname: string;
  /** Empty, or with its question mark. */
  readonly search: string;
  /** What was to be a segment of it and cannot be one, encoded: such a request is not sent. */
  readonly refused: string | undefined;

  constructor(pathname: string, search: string, refused: string | undefined) {
    this.pathname = pathname;
    this.search = search;
    this.refused = refused;
  }

  query(parameters: Readonly<Record<string, string>>): Path {
    return new Path(this.pathname, `?${new URLSearchParams(parameters).toString()}`, this.refused);
  }
}

/** A lone surrogate has no encoding. */
const encode = (segment: string): string => encodeURIComponent(segment.toWellFormed());

/** path`/clients/${id}/secrets`: each value becomes one segment, and a Path that is put in stays as it is. */
export const path = (fixed: TemplateStringsArray, ...values: readonly (string | Path)[]): Path => {
  const bad = values.find((value) =>
    value instanceof Path ? value.refused !== undefined : !isPathSegment(value),
  );
  const pathname = fixed
    .map((text, index) => {
      const value = values[index] ?? '';
      return text + (value instanceof Path ? value.pathname : encode(value));
    })
    .join('');
  return new Path(pathname, '', bad instanceof Path ? bad.refused : bad && encode(bad));
};
