import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { leanPackages } from './lean-packages.ts';
import { licences } from './licences.ts';

/**
 * Bundles the operator with what it depends on into `dist/main.js`, and the kubectl plugin into `dist/cli.js`, with the
 * chunks beside them: nothing else goes into the image. With `simulator` as its argument it bundles the simulators, for
 * examples/try, into `dist-simulator/simulator.js`.
 */

const root = join(import.meta.dirname, '..');
const bundles: Readonly<
  Record<string, { readonly outdir: string; readonly entries: Record<string, string> }>
> = {
  operator: { outdir: 'dist', entries: { main: 'src/main.ts', cli: 'src/cli/main.ts' } },
  simulator: { outdir: 'dist-simulator', entries: { simulator: 'test/simulators/main.ts' } },
};
const [wanted = 'operator'] = process.argv.slice(2);
const bundle = bundles[wanted];
if (!bundle) throw new Error(`there is no bundle "${wanted}": ${Object.keys(bundles).join(', ')}`);
const outdir = join(root, bundle.outdir);

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

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: bundle.entries,
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
await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), await licences(root, Object.keys(metafile.inputs)));
for (const file of Object.keys(metafile.outputs))
  if (file.endsWith('.js')) await escapeFile(join(root, file));
for (const entry of Object.keys(bundle.entries)) await chmod(join(outdir, `${entry}.js`), 0o755);
