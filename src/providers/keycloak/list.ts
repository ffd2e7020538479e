import * as z from 'zod';

/**
 * Keycloak pages by offset: what is deleted while a list is read moves all that comes after it, past the page that is read
 * next. So each page begins before the end of the one before, and has to show one of those that ended that; where it does not,
 * so many were deleted that it is read from further before. What is there all the time is on one of the pages.
 */
export interface Offset {
  readonly first: number;
  /** Client ids at the end of the page before. */
  readonly tail: readonly string[];
}

/** So many are deleted between two pages before one of them is read again. */
const OVERLAP = 10;
const overlapOf = (size: number): number => Math.min(OVERLAP, Math.floor(size / 8));

const cursor = z.strictObject({ first: z.int().min(0), tail: z.array(z.string()).max(OVERLAP) });

export const parseCursor = (text: string | undefined): Offset => {
  const start: Offset = { first: 0, tail: [] };
  return text === undefined ? start : cursor.parse(JSON.parse(text));
};

const format = (offset: Offset): string => JSON.stringify(offset);

/** `ids`: the client ids of the page, which was asked for from `at`. `seen`: how many of its first were on the page before. */
export const nextOf = (
  at: Offset,
  ids: readonly string[],
  size: number,
): { readonly seen: number; readonly next: string | undefined } => {
  const { first, tail } = at;
  const isJoined = first === 0 || tail.length === 0 || ids.some((id) => tail.includes(id));
  if (!isJoined) return { seen: ids.length, next: format({ first: Math.max(0, first - size), tail }) };
  const seen = 1 + ids.findLastIndex((id) => tail.includes(id));
  // What may not be seen is left out of a page, so a short one alone is not the last.
  if (seen === ids.length && ids.length < size) return { seen, next: undefined };
  const overlap = overlapOf(ids.length);
  return {
    seen,
    next: format({ first: first + ids.length - overlap, tail: overlap === 0 ? [] : ids.slice(-overlap) }),
  };
};
