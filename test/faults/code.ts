import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What decides the outcome of a schedule or of a crash scenario: the operator, who breaks it, and who judges. */
const sources = [
  'src/**/*.ts',
  'test/{faults,helpers,simulators,control-plane}/**/*.{ts,go,mod,sum}',
  'package-lock.json',
];

/** The same for the same code, whatever is committed: twelve hexadecimal digits. */
export const codeOf = async (root: string): Promise<string> => {
  const files: string[] = [];
  for await (const file of glob(sources, { cwd: root })) files.push(file);
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    if (file.startsWith('src/') && file.endsWith('.test.ts')) continue;
    const content = await readFile(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
};
