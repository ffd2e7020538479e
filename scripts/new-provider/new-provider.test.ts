import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { StyleName } from '../../src/providers/provider.ts';
import { collect } from '../collect.ts';

/**
 * A provider of each style, made in a copy of the repository: it compiles, is formatted and passes the lint, the
 * definitions have its member, and its conformance suite says what is to be written. Beside its own files two lines are
 * all that it takes.
 */
const made: readonly { readonly type: string; readonly style: StyleName }[] = [
  { type: 'Acme', style: 'additive' },
  { type: 'Beta', style: 'two-phase' },
  { type: 'GammaRay', style: 'ephemeral' },
];
const names = made.map(({ type }) => type.toLowerCase());
const root = join(import.meta.dirname, '..', '..');
const LONGEST_MS = 180_000;

/** What .gitignore names: a checkout need not be one of git. */
const ignored = ['.git', 'node_modules', 'dist', 'dist-simulator', '.cache', 'coverage'];

let copy: string;

const run = (command: string, ...args: readonly string[]) =>
  collect(command, args, { cwd: copy, signal: AbortSignal.timeout(LONGEST_MS) }).ended;
const node = (...args: readonly string[]) => run('node', ...args);

/** What it printed. Throws where it failed. */
const outputOf = async (ended: ReturnType<typeof run>): Promise<string> => {
  const { ok, output } = await ended;
  if (!ok) throw new Error(output);
  return output;
};
/** Nothing of it depends on what the user of this machine has set. */
const settings = [
  'user.name=test',
  'user.email=test@localhost',
  'commit.gpgsign=false',
  'core.hooksPath=/dev/null',
];
const git = (...args: readonly string[]): Promise<string> =>
  outputOf(run('git', ...settings.flatMap((setting) => ['-c', setting]), ...args));
const commit = async (message: string): Promise<void> => {
  await git('add', '--all');
  await git('commit', '--quiet', '--no-verify', '--message', message);
};
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

beforeAll(async () => {
  // In a hook of git they name the repository itself, and what is committed here is not for it.
  for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) delete process.env[name];
  copy = await mkdtemp(join(tmpdir(), 'mco-new-provider-'));
  await cp(root, copy, { recursive: true, filter: (path) => !ignored.includes(relative(root, path)) });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await git('init', '--quiet');
  await commit('before');
  await git('tag', 'before');
  for (const { type, style } of made) {
    await outputOf(node('scripts/new-provider.ts', type, '--style', style));
    await commit(type);
  }
}, LONGEST_MS);

afterAll(() => rm(copy, { recursive: true, force: true }));

test('two files have a line more, and all others are its own', async () => {
  const changed = lines(await git('diff', '--name-status', '--no-renames', 'before', 'HEAD')).map((line) =>
    line.split('\t'),
  );
  const of = (status: string): string[] =>
    changed.flatMap(([kind, file = '']) => (kind === status ? [file] : []));
  expect(of('M')).toEqual(['src/providers/registry.ts', 'test/simulators/catalogue.ts']);
  expect(changed.filter(([kind]) => kind !== 'M' && kind !== 'A')).toEqual([]);
  for (const name of names)
    expect(of('A').filter((file) => file.includes(name)).length, name).toBeGreaterThan(10);
  const named = new RegExp(`/(?:${names.join('|')})[./]`);
  expect(of('A').filter((file) => !named.test(file))).toEqual([]);
  const added = await git('diff', '--numstat', 'before', 'HEAD', '--', ...of('M'));
  // An import and an entry for each.
  expect(lines(added).map((line) => line.split('\t').slice(0, 2))).toEqual([
    [String(2 * made.length), '0'],
    [String(2 * made.length), '0'],
  ]);
});

test('it compiles', { timeout: LONGEST_MS }, async () => {
  expect(await outputOf(run('tsc', '--noEmit'))).toBe('');
});

describe('the lint', () => {
  test('finds nothing', { timeout: LONGEST_MS }, async () => {
    const folders = names.flatMap((name) => [`src/providers/${name}`, `test/simulators/${name}`]);
    await outputOf(run('oxlint', '--type-aware', '--deny-warnings', ...folders));
    await outputOf(run('biome', 'format', ...folders));
    await outputOf(node('scripts/lint.ts', 'knip', 'banned text'));
  });

  test('knows its name', { timeout: LONGEST_MS }, async () => {
    const file = join(copy, 'src/machine-client/told.ts');
    await writeFile(file, "export const isGammaRay = (type: string): boolean => type === 'GammaRay';\n");
    const { ok, output } = await node('scripts/lint.ts', 'banned text');
    await rm(file);
    expect(ok).toBe(false);
    expect(output.match(/^src\/.*:\d+:/gm)).toEqual(['src/machine-client/told.ts:1:']);
  });
});

/** It waits for a request, and none is sent. */
const waits = ['conformance issue under faults called off while it is under way'];

test('its conformance suite says what is to be written', { timeout: LONGEST_MS }, async () => {
  const file = join(copy, 'result.json');
  const suites = names.map((name) => `src/providers/${name}`);
  const { ok } = await run(
    'vitest',
    'run',
    '--project=unit',
    '--reporter=json',
    `--outputFile=${file}`,
    ...suites,
  );
  expect(ok).toBe(false);
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Result;
  await rm(file);
  expect(testResults.map(({ name }) => name.slice(copy.length + 1)).toSorted()).toEqual(
    names.map((name) => `src/providers/${name}/${name}.test.ts`),
  );
  for (const { name, message, assertionResults } of testResults) {
    // The file itself could be read, and each test ran.
    expect(message, name).toBe('');
    const failed = assertionResults.filter(({ status }) => status !== 'passed');
    expect(failed.length, name).toBeGreaterThan(50);
    const told = failed.map(({ fullName, failureMessages }) => ({
      fullName,
      why: /^.*$/m.exec(failureMessages.join('\n'))?.[0],
    }));
    const silent = told.filter(
      ({ fullName, why = '' }) => !/is.to.be.written.in/.test(why) && !waits.includes(fullName),
    );
    expect(silent).toEqual([]);
  }
  const said = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ failureMessages }) => failureMessages),
  );
  for (const words of [
    'Acme create is to be written in src/providers/acme/account.ts: one request',
    'Beta remove is to be written in src/providers/beta/account.ts: one request',
    'GammaRay issue is to be written in src/providers/gammaray/account.ts: one request',
    'Acme get: HTTP 501 get_is_to_be_written_in_the_simulator',
    'GammaRay check: HTTP 501 check_is_to_be_written_in_the_simulator',
    'createClient in the console is to be written in test/simulators/beta/account.ts',
  ])
    expect(
      said.some((message) => message.includes(words)),
      words,
    ).toBe(true);
});

interface Result {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describe('nothing is written', () => {
  test('for a provider that is there already', { timeout: LONGEST_MS }, async () => {
    const { ok, output } = await node('scripts/new-provider.ts', 'Acme');
    expect(ok).toBe(false);
    expect(output).toBe('there is a provider acme already\n');
    expect(await git('status', '--porcelain')).toBe('');
  });

  test('while the registry has changes that are not committed', { timeout: LONGEST_MS }, async () => {
    const registry = join(copy, 'src/providers/registry.ts');
    const before = await readFile(registry, 'utf8');
    await writeFile(registry, `${before}// mine\n`);
    const { ok, output } = await node('scripts/new-provider.ts', 'Delta');
    await writeFile(registry, before);
    expect(ok).toBe(false);
    expect(output).toContain('commit or stash what has changed in src/providers/registry.ts');
    expect(await git('status', '--porcelain')).toBe('');
  });
});

/** Where a client has nothing that others have not, there is no member. */
const withoutClientMember = 'Beta';
const leaveOutClientMember = async (type: string): Promise<void> => {
  const file = join(copy, `src/providers/${type.toLowerCase()}/schema.ts`);
  const text = await readFile(file, 'utf8');
  const without = text
    .replace(/\n\/\/ To be written: what a client has[^]*?;\n/, '')
    .replace(', client }', ' }');
  expect(without).not.toContain('client');
  await writeFile(file, without);
  await commit(`${type} without a member for clients`);
};

test('the definitions and the pages have it', { timeout: LONGEST_MS }, async () => {
  await leaveOutClientMember(withoutClientMember);
  expect(await outputOf(run('tsc', '--noEmit'))).toBe('');
  await outputOf(node('scripts/generate.ts', '--quick'));
  // What a union of more types has become is still as the formatter would have it.
  await outputOf(run('biome', 'format', 'types'));
  const types = await readFile(join(copy, 'types/v1beta1.d.ts'), 'utf8');
  const read = async (kind: string) => {
    const text = await readFile(join(copy, `crds/machine-client.dev_${kind}.yaml`), 'utf8');
    return parse(text).spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
  };
  const [accounts, clients] = [await read('identityproviders'), await read('machineclients')];
  for (const { type } of made) {
    expect(accounts.type.enum).toContain(type);
    expect(types).toContain(`| '${type}'`);
    expect(accounts).toHaveProperty([type.toLowerCase(), 'properties', 'accountId']);
    expect(Object.hasOwn(clients, type.toLowerCase())).toBe(type !== withoutClientMember);
    const page = await readFile(join(copy, `docs/providers/${type.toLowerCase()}.md`), 'utf8');
    expect(page).toContain(`|  | ${type} |`);
  }
  const changed = lines(await git('status', '--porcelain')).map((line) => line.slice(3));
  expect(
    changed.filter(
      (file) => !/^(crds|deploy\/charts|docs\/(providers|reference)|schemas|types)\//.test(file),
    ),
  ).toEqual([]);
});
