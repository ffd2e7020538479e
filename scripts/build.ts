import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the operator with what it depends on into one file, `dist/main.js`: nothing else goes into the image. */

const root = join(import.meta.dirname, '..');
const outfile = join(root, 'dist', 'main.js');

await rm(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
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
await chmod(outfile, 0o755);
