import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The pages that people read, and what stands in their fenced blocks. */

export const root = join(import.meta.dirname, '../..');

export interface Block {
  /** `sh`, `yaml`, … */
  readonly language: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** Begins anew, on a cluster with nothing on it: another way to the same end. */
  readonly fresh: boolean;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** In the line before a block; whoever reads the page rendered does not see it. */
const FRESH = '<!-- on a fresh cluster -->';

export const blocksOf = (text: string): Block[] => {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let fresh = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.trim() === FRESH) fresh = true;
    const [, indent = '', language] = /^( *)```(\S*)\s*$/.exec(line) ?? [];
    if (language === undefined) continue;
    const end = lines.findIndex((later, at) => at > index && later.trim() === '```');
    if (end === -1) throw new Error(`the block that begins in line ${index + 1} does not end`);
    const inner = lines.slice(index + 1, end).map((each) => each.slice(indent.length));
    blocks.push({ language, line: index + 2, text: inner.join('\n'), fresh });
    fresh = false;
    index = end;
  }
  return blocks;
};

export const readPages = async (): Promise<Page[]> => {
  const paths = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md'];
  for await (const path of glob('docs/**/*.md', { cwd: root })) paths.push(path);
  return await Promise.all(
    paths.toSorted().map(async (path) => {
      const text = await readFile(join(root, path), 'utf8');
      return { path, text, blocks: blocksOf(text) };
    }),
  );
};
