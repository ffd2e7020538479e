import type { Facts } from './facts.ts';

/** How a Map is written. */
const MAP = '$map';

const isMap = (value: unknown): value is { readonly [MAP]: readonly (readonly [string, unknown])[] } =>
  typeof value === 'object' && value !== null && Array.isArray((value as Record<string, unknown>)[MAP]);

/** For a log line: what JSON can say. What is undefined is left out, and in a Map it is null. */
export const plainFacts = (facts: Facts): object =>
  JSON.parse(
    JSON.stringify(facts, (_key, value: unknown) =>
      value instanceof Map
        ? { [MAP]: [...(value as ReadonlyMap<string, unknown>)].map(([key, one]) => [key, one ?? null]) }
        : value,
    ),
  ) as object;

/** The same facts again, from the text of what `plainFacts` made: they lead to the same plan. */
export const parseFacts = (text: string): Facts =>
  JSON.parse(text, (_key, value: unknown) =>
    isMap(value) ? new Map(value[MAP].map(([key, one]) => [key, one ?? undefined])) : value,
  ) as Facts;
