import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles the operator with what it depends on into `dist/main.js`, and the kubectl plugin into `dist/cli.js`, with the
 * chunks beside them: nothing else goes into the image.
 */

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');

await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts', cli: 'src/cli/main.ts' },
  outdir,
  bundle: true,
  // What is imported only when it is needed (client-node, for credential plugins) stays a file of its own: in one file
  // with the rest, its 15 MB are parsed and kept in memory by every operator.
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
  // The licences of what is bundled have to go along with it.
  legalComments: 'linked',
  logLevel: 'warning',
});
for (const entry of ['main.js', 'cli.js']) await chmod(join(outdir, entry), 0o755);
