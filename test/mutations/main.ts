import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../helpers/run-tool.ts';
import { type Found, resultOf, table } from './report.ts';
import { type Scope, scopes } from './scopes.ts';

/**
 * `npm run test:mutations [-- SCOPE …]`: changes one expression of the source at a time, and asks whether a test falls.
 * What was asked before is not asked again where neither the code nor the tests that ran on it have changed. Ends with 1
 * when less is noticed in a scope than `scopes.ts` wants. Beside what it prints, each scope has a page with the source in
 * `.cache/mutations`.
 */

const root = join(import.meta.dirname, '../..');
const folder = '.cache/mutations';

/** https://stryker-mutator.io/docs/stryker-js/configuration */
const settingsOf = (scope: Scope, base: string): object => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // It would look in a project file for references, of which there are none, with a compiler of its own.
  tsconfigFile: 'none',
  vitest: { configFile: 'test/mutations/vitest.config.ts', related: false },
  mutate: [...scope.files, '!src/**/*.test.ts', '!src/**/testing/**'],
  ignorePatterns: ['.cache', 'dist', 'dist-simulator'],
  coverageAnalysis: 'perTest',
  // What is evaluated only once, when a module is loaded, belongs to no test: each such change would be tried on all of
  // them. These are tables and names, which the types and the whole suite hold.
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `${base}.json`,
  htmlReporter: { fileName: `${base}.html` },
  reporters: ['progress-append-only', 'html'],
  tempDirName: `${folder}/sandboxes`,
  concurrency: 2,
  // A test that waits for what a mutation has taken away, and not one on a busy machine.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 30,
});

const mutate = ({ tests }: Scope, settings: string): Promise<boolean> =>
  runTool('stryker', ['run', settings], { MCO_MUTATED: JSON.stringify(tests) });

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !scopes.some((scope) => scope.name === name));
if (unknown.length > 0)
  throw new RangeError(`${unknown.join(', ')}: the scopes are ${scopes.map(({ name }) => name).join(', ')}`);

await mkdir(join(root, folder), { recursive: true });
const lines: string[] = [];
for (const scope of scopes.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const base = `${folder}/${scope.name.replaceAll('/', '-')}`;
  const settings = join(root, `${base}.settings.json`);
  await writeFile(settings, JSON.stringify(settingsOf(scope, base), undefined, 2));
  if (!(await mutate(scope, settings))) throw new Error(`${scope.name}: no mutation was tried`);
  const found = JSON.parse(await readFile(join(root, `${base}.json`), 'utf8')) as Found;
  const result = resultOf(found);
  lines.push(table(scope, result));
  if (result.percent < scope.floor) process.exitCode = 1;
}
console.log(lines.join('\n\n'));
