import * as z from 'zod';

/**
 * Lists in answers. `z.array` reports every element that is wrong, and a hostile list has a hundred thousand of them:
 * here the first one ends it.
 */
export const listOf = <T>(item: z.ZodType<T>) =>
  z.unknown().transform((value, context): T[] => {
    const list: T[] = [];
    const elements: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
    const isWhole = elements?.every((element) => {
      const parsed = item.safeParse(element);
      if (parsed.success) list.push(parsed.data);
      return parsed.success;
    });
    if (isWhole) return list;
    context.addIssue({ code: 'custom', message: 'no list of the documented form' });
    return z.NEVER;
  });

/** An instant as RFC 3339 writes it, in milliseconds; undefined: it is none. */
export const timeOf = (text: string | null | undefined): number | undefined => {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
};

export const strings = z.custom<string[]>(
  (value) => Array.isArray(value) && value.every((element) => typeof element === 'string'),
);
