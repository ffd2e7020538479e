import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StyleName } from '../../src/providers/provider.ts';
import { nameOf } from '../provider-files.ts';

/**
 * The files of a new provider, from the templates beside this file: those of `all`, and those of `with-clients` or of
 * `ephemeral`. A template lies where its file will lie, with `.txt` behind its name. In it `__Type__` and `__name__` stand
 * for the provider, `__style__` for its style, and a line like
 *
 *     //: two-phase
 *
 * begins lines that are for this style alone, or for `with-clients`, up to the next such line; `//: end` ends them.
 */
const marker = /^\/\/: ([a-z-]+)$/;

const groupOf = (style: StyleName): string => (style === 'ephemeral' ? 'ephemeral' : 'with-clients');

const linesFor = (style: StyleName, template: string): string => {
  const wanted = ['end', style, groupOf(style)];
  let isWanted = true;
  return template
    .split('\n')
    .filter((line) => {
      const label = marker.exec(line)?.[1];
      if (label !== undefined) isWanted = wanted.includes(label);
      return label === undefined && isWanted;
    })
    .join('\n');
};

/** Content by path, from the root of the repository. */
export const skeletonOf = async (type: string, style: StyleName): Promise<ReadonlyMap<string, string>> => {
  const named = (text: string): string =>
    text.replaceAll('__Type__', type).replaceAll('__name__', nameOf(type)).replaceAll('__style__', style);
  const files = new Map<string, string>();
  for (const group of ['all', groupOf(style)]) {
    const folder = join(import.meta.dirname, group);
    for await (const file of glob('**/*.txt', { cwd: folder })) {
      const template = await readFile(join(folder, file), 'utf8');
      files.set(named(file.replace(/\.txt$/, '')), named(linesFor(style, template)));
    }
  }
  return files;
};
