import { stripVTControlCharacters } from 'node:util';

const lengthOf = (text: string): number => stripVTControlCharacters(text).length;

/** What does not fit on the line is cut; never in the middle of a colour, for only the last column is, before it is painted. */
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Columns as wide as what is in them. The last one is cut to the width of the terminal, if there is one. */
export const drawTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + 3, 0);
  const lines = all.map((row) =>
    row
      .map((cell, column) => {
        if (column < row.length - 1) return cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell) + 3);
        return width === undefined ? cell : cut(cell, width - before);
      })
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
};
