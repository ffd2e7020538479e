/** A cell of a table: a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('');

/** The page with what stands between two marks written anew. */
export const between = (page: string, path: string, begin: string, end: string, content: string): string => {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${path} must hold ${begin.trim()} and ${end}`);
  return `${page.slice(0, from)}${begin}\n${content}\n${page.slice(to)}`;
};
