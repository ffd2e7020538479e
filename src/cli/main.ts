import { oldNode } from '../runtime/node-version.ts';

const trouble = oldNode('kubectl machine-client', process.versions.node, process.execPath);
if (trouble === undefined) await import('./start.ts');
else {
  process.stderr.write(`${trouble}\n`);
  process.exitCode = 1;
}
