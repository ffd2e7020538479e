import { join } from 'node:path';
import { type Entries, operatorEntries, simulatorEntries, writeBundle } from './bundle.ts';

/**
 * Bundles the operator with what it depends on into `dist/main.js`, and the kubectl plugin into `dist/cli.js`, with the
 * chunks beside them: nothing else goes into the image. With `simulator` as its argument it bundles the simulators, for
 * examples/try, into `dist-simulator/simulator.js`.
 */

const bundles: Readonly<Record<string, { readonly folder: string; readonly entries: Entries }>> = {
  operator: { folder: 'dist', entries: operatorEntries },
  simulator: { folder: 'dist-simulator', entries: simulatorEntries },
};
const [wanted = 'operator'] = process.argv.slice(2);
const bundle = bundles[wanted];
if (!bundle) throw new Error(`there is no bundle "${wanted}": ${Object.keys(bundles).join(', ')}`);
await writeBundle(bundle.entries, join(import.meta.dirname, '..', bundle.folder));
