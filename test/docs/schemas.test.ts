import { execFile } from 'node:child_process';
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { apiVersion, group, versions } from '../../src/api/group.ts';
import { findTool, kubeconform } from '../tools/tools.ts';
import { blocksOf, root } from './pages.ts';
import { shownManifests } from './shown.ts';

/** What kubeconform says by the schemas of schemas/, called as docs/how-to/typed-clients.md has it. */

interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: Readonly<Record<string, unknown>>;
}
interface Result {
  readonly filename: string;
  readonly status: string;
  readonly msg: string;
}

let binary: string;
let folder: string;
beforeAll(async () => {
  binary = await findTool(kubeconform);
  folder = await mkdtemp(join(tmpdir(), 'mco-kubeconform-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const blocks = blocksOf(await readFile(join(root, 'docs/how-to/typed-clients.md'), 'utf8'));

/** The place of the schemas, as the page gives it. */
const location = (): string => {
  const command = blocks.find(({ text }) => text.startsWith('kubeconform '));
  const [, found] = /-schema-location '(schemas\/[^']+)'/.exec(command?.text ?? '') ?? [];
  if (found === undefined) throw new Error('the page does not say where the schemas are');
  return found;
};

const check = async (objects: readonly object[]): Promise<Result[]> => {
  const files = await Promise.all(
    objects.map(async (object, index) => {
      const file = join(folder, `${String(index).padStart(4, '0')}.json`);
      await writeFile(file, JSON.stringify(object));
      return file;
    }),
  );
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', location(), ...files];
  const { promise, resolve } = Promise.withResolvers<string>();
  // It ends with 1 where one is invalid, and says which.
  execFile(binary, args, { cwd: root, maxBuffer: 2 ** 24 }, (_, stdout) => resolve(stdout));
  const { resources } = JSON.parse(await promise) as { readonly resources: readonly Result[] };
  return resources.toSorted((a, b) => (a.filename < b.filename ? -1 : 1));
};

const isOurs = (object: Readonly<Record<string, unknown>>): boolean =>
  String(object['apiVersion']).startsWith(`${group}/`);
const inFiles = async (pattern: string): Promise<Written[]> => {
  const found: Written[] = [];
  for await (const file of glob(pattern, { cwd: root }))
    for (const document of parseAllDocuments(await readFile(join(root, file), 'utf8'))) {
      const object = document.toJS() as Written & Record<string, unknown>;
      if (isOurs(object)) found.push(object);
    }
  return found;
};

/** Of the examples, of the pages, and of the objects that between them set every field, status included. */
const all = [
  ...(await inFiles('examples/**/*.yaml')),
  ...(await shownManifests()).flatMap(({ object }) => (isOurs(object) ? [object as unknown as Written] : [])),
  ...(await inFiles('test/integration/api-shape/golden/*.yaml')),
];

test.each(versions)('what the API server takes is valid as %s', async (version) => {
  expect(all.length).toBeGreaterThan(40);
  const results = await check(all.map((object) => ({ ...object, apiVersion: `${group}/${version}` })));
  const complaints = results.filter(({ status }) => status !== 'statusValid').map(({ msg }) => msg);
  expect(complaints).toEqual([]);
  expect(results).toHaveLength(all.length);
});

const base = { apiVersion, kind: 'MachineClient', metadata: { name: 'a', labels: { b: 'c' } } };
const spec = { providerRef: { name: 'stytch' } };
const wrong: Readonly<Record<string, object>> = {
  'a misspelt field': { ...base, spec: { ...spec, scope: ['a'] } },
  'a misspelt field further down': { ...base, spec: { ...spec, rotation: { intervall: '720h' } } },
  'a misspelt field in a list': {
    ...base,
    spec: { ...spec, secret: { entries: [{ key: 'a', field: 'ClientID', feild: 'x' }] } },
  },
  'a misspelt field at the top': { ...base, spec, stattus: {} },
  'a value that an enumeration does not have': { ...base, spec: { ...spec, rotation: { method: 'Swap' } } },
  'a number that is not among the few': {
    ...base,
    spec: { ...spec, authress: { rateLimits: [{ duration: '24h', quota: 7 }] } },
  },
  'days in a duration': { ...base, spec: { ...spec, rotation: { interval: '30d' } } },
  'a text instead of a list': { ...base, spec: { ...spec, scopes: 'a' } },
  'null instead of a list': { ...base, spec: { ...spec, scopes: null } },
  'an audience twice': { ...base, spec: { ...spec, audiences: ['a', 'a'] } },
  'no spec': base,
  'no providerRef': { ...base, spec: {} },
  'a name that is too long': { ...base, metadata: { name: 'a'.repeat(64) }, spec },
};

test('what the API server refuses is not valid', async () => {
  const results = await check([{ ...base, spec }, ...Object.values(wrong)]);
  const said = ['what is right', ...Object.keys(wrong)].map((name, index) => [name, results[index]?.status]);
  expect(said).toEqual([
    ['what is right', 'statusValid'],
    ...Object.keys(wrong).map((name) => [name, 'statusInvalid']),
  ]);
});

test.each([
  ['go', 'examples/go/v1beta1/types.go'],
  ['ts', 'test/types/accepted.ts'],
])('what the page shows in %s is from %s, which is compiled', async (language, file) => {
  const shown = blocks.find((block) => block.language === language)?.text ?? '';
  const withoutImport = shown.replace(/^import .*\n\n/, '');
  expect(withoutImport.split('\n').length).toBeGreaterThan(5);
  expect(await readFile(join(root, file), 'utf8')).toContain(withoutImport);
});

test('the schema that the page names for an editor is there, and is that of the object', async () => {
  const shown = blocks.find(({ text }) => text.startsWith('# yaml-language-server'))?.text ?? '';
  const [, path = ''] = /\$schema=\.\.\/(\S+)$/m.exec(shown) ?? [];
  const schema = JSON.parse(await readFile(join(root, path), 'utf8')) as { readonly title: string };
  expect(schema.title).toBe(`MachineClient (${apiVersion})`);
});
