import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from './commands.ts';
import { root } from './pages.ts';

/** A row of docs/commands-not-run.md. */
export interface NotRun {
  readonly page: string;
  /** A command's name; one that ends in `…` stands for all that begin so. */
  readonly command: string;
  readonly reason: string;
}

export const listPath = 'docs/commands-not-run.md';

const unquote = (cell: string): string => cell.replaceAll('\\|', '|').replaceAll(/^`+ ?| ?`+$/g, '');

export const parseNotRun = (text: string): NotRun[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .map(([, page = '', command = '', reason = '']) => ({
      page: unquote(page),
      command: unquote(command),
      reason,
    }))
    .filter(({ page }) => page.endsWith('.md'));

export const readNotRun = async (): Promise<NotRun[]> =>
  parseNotRun(await readFile(join(root, listPath), 'utf8'));

export const covers = (entry: NotRun, page: string, { name }: Command): boolean =>
  entry.page === page &&
  (entry.command.endsWith('…') ? name.startsWith(entry.command.slice(0, -1)) : name === entry.command);
