import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const RULE = `\n${'-'.repeat(80)}\n\n`;

/** `node_modules/a/node_modules/b` of a file in it. */
const folderOf = (file: string): string | undefined =>
  /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/**
 * The licences of all packages that these files are of. A package without a licence text is an error: it must not be
 * given to anybody then.
 */
export const licences = async (root: string, files: readonly string[]): Promise<string> => {
  const folders = [...new Set(files.flatMap((file) => folderOf(file) ?? []))].toSorted();
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const path = join(root, folder);
      const { name, version, license } = JSON.parse(
        await readFile(join(path, 'package.json'), 'utf8'),
      ) as PackageJson;
      const file = (await readdir(path)).find((one) => /^(licen[cs]e|copying)(\.|$|-)/i.test(one));
      if (file === undefined && license === undefined) throw new Error(`${folder} has no licence`);
      const text = file === undefined ? '' : await readFile(join(path, file), 'utf8');
      return `${name} ${version}: ${license ?? 'see below'}\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(RULE);
};
