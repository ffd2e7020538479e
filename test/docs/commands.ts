import type { Block, Page } from './pages.ts';

/** One command of a page, with the lines that continue it. */
export interface Command {
  /** As it stands on the page. */
  readonly text: string;
  /** Without comments and line breaks: what it is known by. */
  readonly name: string;
  readonly line: number;
}

const withoutComment = (line: string): string => line.replace(/(^|\s+)#\s.*$/, '');

const nameOf = (lines: readonly string[]): string =>
  lines
    .map((line) => withoutComment(line).replace(/\\$/, ' '))
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

export const commandsOf = ({ text, line }: Pick<Block, 'text' | 'line'>): Command[] => {
  const commands: Command[] = [];
  let lines: string[] = [];
  for (const [index, each] of text.split('\n').entries()) {
    lines.push(each);
    if (each.endsWith('\\')) continue;
    const name = nameOf(lines);
    if (name !== '') commands.push({ text: lines.join('\n'), name, line: line + index - lines.length + 1 });
    lines = [];
  }
  return commands;
};

const isShell = ({ language }: Block): boolean => language === 'sh';

/** The commands of a page, in walks: each begins on a cluster of its own. */
export const walksOf = ({ blocks }: Page): Command[][] => {
  const walks: Command[][] = [[]];
  for (const block of blocks.filter(isShell)) {
    if (block.fresh) walks.push([]);
    walks.at(-1)?.push(...commandsOf(block));
  }
  return walks.filter((walk) => walk.length > 0);
};
