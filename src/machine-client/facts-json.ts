import type { Facts } from './facts.ts';
import { styleIn } from './policies/styles.ts';

/** How a Map is written. */
const MAP = '$map';

const isMap = (value: unknown): value is { readonly [MAP]: readonly (readonly [string, unknown])[] } =>
  typeof value === 'object' && value !== null && Array.isArray((value as Record<string, unknown>)[MAP]);

/** Under these names stands what tells a credential from another one: with some providers its last characters. */
const names = ['id', 'suffix', 'credentialId'];

/** What the status does not show either: the ids of credentials that a user has brought. */
const hiddenIn = (facts: Facts): readonly string[] => {
  const { provider, secret, strays, operation } = facts;
  const brought = [secret, ...strays].filter((one) => one?.imported === true);
  const imported = brought.flatMap((one) => [one?.credentialId, operation?.suffix]);
  const style = styleIn(facts);
  if (provider.state !== 'ready' || !style) return imported.filter((one) => one !== undefined);
  const shown = [...provider.upstream.clients, ...provider.upstream.looked.values()];
  const hidden = shown
    .flatMap((client) => client?.credentials ?? [])
    .filter((one) => style.hides(facts, one));
  return [...imported, ...hidden.flatMap(({ id, suffix }) => [id, suffix])].filter(
    (one) => one !== undefined,
  );
};

/**
 * For a log line: what JSON can say. What is undefined is left out, and in a Map it is null. What only a provider knows
 * of its clients is left out, for nothing is decided on it, and so is what the status hides.
 */
export const plainFacts = (facts: Facts): object => plain('', facts, hiddenIn(facts)) as object;

/**
 * The value itself wherever nothing in it is said otherwise than JSON says it, which is nearly everywhere. A function that
 * JSON asks about every value, or a copy of them all, takes several times as long.
 */
const plain = (key: string, value: unknown, hidden: readonly string[]): unknown => {
  if (typeof value === 'string')
    return hidden.length > 0 && names.includes(key) && hidden.includes(value)
      ? `hidden-${hidden.indexOf(value)}`
      : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map)
    return {
      [MAP]: [...(value as ReadonlyMap<string, unknown>)].map(([name, one]) => [
        name,
        plain('', one, hidden),
      ]),
    };
  if (Array.isArray(value)) return plainList(value, hidden);
  let said: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const one = (value as Record<string, unknown>)[name];
    const now = name === 'specific' ? undefined : plain(name, one, hidden);
    if (now === one) continue;
    said ??= { ...value };
    said[name] = now;
  }
  return said ?? value;
};

const plainList = (list: readonly unknown[], hidden: readonly string[]): readonly unknown[] => {
  let said: unknown[] | undefined;
  for (const [index, one] of list.entries()) {
    const now = plain('', one, hidden);
    if (now === one) continue;
    said ??= [...list];
    said[index] = now;
  }
  return said ?? list;
};

/** The same facts again, from the text of what `plainFacts` made: they lead to the same plan. */
export const parseFacts = (text: string): Facts =>
  JSON.parse(text, (_key, value: unknown) =>
    isMap(value) ? new Map(value[MAP].map(([key, one]) => [key, one ?? undefined])) : value,
  ) as Facts;
