/**
 * `npm run new-provider -- TYPE [--style additive|two-phase|ephemeral]`: writes the skeleton of a new provider, and its
 * lines in the registry and in the simulators' catalogue. TYPE is the value of `spec.type`, for example Acme; the same
 * in lower case is the member of the kinds, and the name of every file and folder. See CONTRIBUTING.md.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StyleName } from '../src/providers/provider.ts';
import { asError } from '../src/runtime/errors.ts';
import { collect } from './collect.ts';
import { cataloguePath, registryPath, withProvider, withSimulator } from './new-provider/lists.ts';
import { refusalOf } from './new-provider/refusal.ts';
import { skeletonOf } from './new-provider/skeleton.ts';
import { folderOf, nameOf, testsOf } from './provider-files.ts';

const root = join(import.meta.dirname, '..');
const styles: readonly StyleName[] = ['additive', 'two-phase', 'ephemeral'];
const usage = `usage: npm run new-provider -- TYPE [--style ${styles.join('|')}]

TYPE is the value of spec.type, for example Acme or AcmeCloud.
additive (the default): a client has several credentials, which are added and deleted one by one.
two-phase: a client has one current credential and at most one next, which is promoted or cancelled.
ephemeral: there are no clients; a secret is issued, and expires by itself.`;

const exists = (path: string): Promise<boolean> =>
  stat(join(root, path)).then(
    () => true,
    () => false,
  );

const asked = (args: readonly string[]): { readonly type: string; readonly style: StyleName } => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { style: { type: 'string', default: 'additive' } },
  });
  const [type] = positionals;
  const style = styles.find((known) => known === values.style);
  if (type === undefined || positionals.length > 1 || style === undefined) throw new Error(usage);
  return { type, style };
};

/** What is added is to be seen alone. */
const uncommitted = async (): Promise<string | undefined> => {
  const status = ['status', '--porcelain', '--', registryPath, cataloguePath];
  const { ok, output } = await collect('git', status).ended;
  return ok && output === ''
    ? undefined
    : `commit or stash what has changed in ${registryPath} and ${cataloguePath} first:\n${output}`;
};

const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

const make = async (type: string, style: StyleName): Promise<readonly string[]> => {
  const skeleton = await skeletonOf(type, style);
  for (const path of skeleton.keys()) if (await exists(path)) throw new Error(`${path} is there already`);
  const files = new Map(skeleton);
  files.set(registryPath, withProvider(await readFile(join(root, registryPath), 'utf8'), type));
  files.set(cataloguePath, withSimulator(await readFile(join(root, cataloguePath), 'utf8'), type));
  for (const [path, content] of files) await write(path, content);
  // How long a line is depends on the name.
  const code = [...files.keys()].filter((path) => path.endsWith('.ts'));
  const { ok, output } = await collect('biome', ['format', '--write', ...code]).ended;
  if (!ok) throw new Error(`the files are written, but not formatted:\n${output}`);
  return [...skeleton.keys()];
};

const next = (type: string, files: readonly string[]): string => `These files are new:

${files
  .toSorted()
  .map((file) => `  ${file}`)
  .join('\n')}

${registryPath} and ${cataloguePath} have a line more. Then:

  npm run generate -- --quick                         writes the definitions and the tables of the pages
  npx vitest run --project unit ${testsOf(type)}
                                                      fails, and says what is to be written
  grep -rn 'o be written' ${folderOf(type)} test/simulators/${nameOf(type)} docs/providers/${nameOf(type)}.md

"Add a provider" in CONTRIBUTING.md goes through it in order.
`;

try {
  const { type, style } = asked(process.argv.slice(2));
  const refused = refusalOf(type) ?? (await uncommitted());
  if (refused !== undefined) throw new Error(refused);
  process.stdout.write(next(type, await make(type, style)));
} catch (error) {
  process.stderr.write(`${asError(error).message.trimEnd()}\n`);
  process.exitCode = 1;
}
