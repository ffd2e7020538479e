/**
 * Writes every generated file; with --check it only compares, and fails when one differs (CI). With --quick it leaves out
 * docs/protocol.md, whose tables take two minutes: they change with the rules alone.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { customResourceDefinitions } from '../src/api/crd/definitions.ts';
import { definitions } from './definitions.ts';
import { jsonSchemas } from './typed/json-schemas.ts';
import { typescriptTypes } from './typed/typescript.ts';
import { chartFiles } from './chart/files.ts';
import { dashboard } from './monitoring/dashboard.ts';
import { withDecisions } from './decision-table.ts';
import { providerPages } from './provider-pages.ts';
import { referencePages, withSettings } from './reference-pages.ts';
import { withStyleDecisions } from './style-table.ts';
import { additive } from '../test/decisions/additive/product.ts';
import { staged } from '../test/decisions/staged/product.ts';
import { withAttempts } from './threat-table.ts';
import { withRotationMatrix } from './rotation-matrix.ts';

const root = join(import.meta.dirname, '..');
const header = '# Generated from the schemas in src/api by `npm run generate`; do not edit.\n';

const generated = new Map<string, string>(referencePages());
const crds = new Map(
  [...customResourceDefinitions()].map(([file, definition]) => [
    file,
    header + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false }),
  ]),
);
for (const [file, content] of crds) generated.set(join('crds', file), content);
for (const [file, content] of [...jsonSchemas(definitions), ...typescriptTypes(definitions)])
  generated.set(file, content);
const check = process.argv.includes('--check');
const quick = check || process.argv.includes('--quick');
const present = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
generated.set('README.md', withSettings(await present('README.md')));
generated.set('docs/threat-model.md', withAttempts(await present('docs/threat-model.md')));
generated.set('docs/rotation.md', withRotationMatrix(await present('docs/rotation.md')));
// Its tables come from every decision that there is, which test/decisions makes anyway, and compares with the page.
if (!quick)
  generated.set(
    'docs/protocol.md',
    withStyleDecisions(
      withStyleDecisions(withDecisions(await present('docs/protocol.md')), additive),
      staged,
    ),
  );
generated.set('deploy/monitoring/dashboard.json', dashboard());
for (const [file, content] of await chartFiles(crds, present)) generated.set(file, content);
for (const [file, content] of await providerPages(present)) generated.set(file, content);

const different: string[] = [];
for (const [file, content] of generated) {
  const path = join(root, file);
  if ((await present(file).catch(() => undefined)) === content) continue;
  different.push(file);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
if (check && different.length > 0) {
  console.error(
    `these files differ from what the sources say; run \`npm run generate\`: ${different.join(', ')}`,
  );
  process.exitCode = 1;
}
