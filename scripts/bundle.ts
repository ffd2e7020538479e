import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { leanPackages } from './lean-packages.ts';
import { licences } from './licences.ts';

const root = join(import.meta.dirname, '..');
/** Source files by the names of the files that they become. */
export type Entries = Readonly<Record<string, string>>;

/** The operator, and the kubectl plugin. */
export const operatorEntries: Entries = { main: 'src/main.ts', cli: 'src/cli/main.ts' };
export const simulatorEntries: Entries = { simulator: 'test/simulators/main.ts' };

/**
 * client-node does not say that its modules do nothing when they are loaded. They do not; and so the 15 MB of API models
 * that nobody here asks for are left out.
 */
const clientNode = '@kubernetes/client-node';
const treeShaking: Plugin = {
  name: 'tree-shaking of client-node',
  setup: (bundler) => {
    bundler.onResolve({ filter: /./ }, async ({ path, pluginData, ...of }) => {
      if (pluginData === clientNode) return undefined;
      if (!path.startsWith(clientNode) && !of.resolveDir.includes(join(...clientNode.split('/'))))
        return undefined;
      const { resolveDir, kind, importer } = of;
      const found = await bundler.resolve(path, { resolveDir, kind, importer, pluginData: clientNode });
      return found.errors.length > 0 ? found : { ...found, sideEffects: false };
    });
  },
};

/**
 * One character beyond Latin-1, and V8 keeps the whole file in memory with two bytes for each. esbuild escapes texts;
 * what is left stands in comments and regular expressions, where an escape means the same.
 */
const escapeFile = async (file: string): Promise<void> => {
  const code = await readFile(file, 'utf8');
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  await writeFile(file, code.replaceAll(/[^\0-\x7f]/g, escape));
};

/** Bundles the entries with what they depend on into a folder, which is emptied before: nothing else is needed to run them. */
export const writeBundle = async (entries: Entries, outdir: string): Promise<void> => {
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir,
    bundle: true,
    // What is imported only when it is needed (client-node, for credential plugins) stays a file of its own: in one file
    // with the rest, it is parsed and kept in memory by every operator.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Some dependencies are CommonJS and `require` Node's own modules, which an ES module cannot without this.
    banner: {
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as createRequireOfBundle } from 'node:module';",
        'const require = createRequireOfBundle(import.meta.url);',
      ].join('\n'),
    },
    // Not minified: stack traces are read by people, and the size of the file matters to nobody.
    sourcemap: 'linked',
    legalComments: 'none',
    // What undici asks for to leave its second, experimental parser out.
    define: { esbuildDetection: 'true' },
    plugins: [treeShaking, leanPackages],
    metafile: true,
    logLevel: 'warning',
  });
  // They have to go along with what is bundled.
  await writeFile(
    join(outdir, 'THIRD-PARTY-LICENSES.txt'),
    await licences(root, Object.keys(metafile.inputs)),
  );
  for (const file of Object.keys(metafile.outputs))
    if (file.endsWith('.js')) await escapeFile(join(root, file));
  for (const entry of Object.keys(entries)) await chmod(join(outdir, `${entry}.js`), 0o755);
};
