import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { machineClientSpec, type MachineClientSpec } from '../api/schema/machine-client.ts';
import { defaultEntries as ofAuthress } from '../providers/authress/fields.ts';
import { usualEntries } from '../providers/default-entries.ts';
import { Secret } from '../runtime/secret.ts';
import { wantedEntries } from './layout.ts';
import { renderData, renderSecret, templateNames, wantedTemplate } from './render.ts';

const around = {
  tokenUrl: 'https://idp/token',
  issuer: 'idp',
  providerType: 'Stytch',
} as const;
const aroundOf = (spec: MachineClientSpec) => ({
  ...around,
  entries: wantedEntries(spec, { defaultEntries: usualEntries }, undefined),
});
const parse = (secret: object, rest: object = {}): MachineClientSpec =>
  machineClientSpec.parse({ providerRef: { name: 'p' }, secret, ...rest });
const render = (spec: MachineClientSpec, value: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(
      renderData(spec, 'client-1', { values: { ClientSecret: new Secret(value) } }, aroundOf(spec)),
    ).map(([key, data]) => [key, Buffer.from(data, 'base64').toString('utf8')]),
  );

test('by default: id, secret and token URL', () => {
  expect(render(parse({}), 'value')).toEqual({
    'client-id': 'client-1',
    'client-secret': 'value',
    'token-url': 'https://idp/token',
  });
});

test('every field that Stytch has', () => {
  const fields = ['ClientID', 'ClientSecret', 'TokenURL', 'Issuer', 'Scopes', 'Provider', 'Type'];
  const entries = fields.map((field) => ({ key: field, field }));
  expect(render(parse({ entries }, { scopes: ['a', 'b'] }), 'v')).toEqual({
    ClientID: 'client-1',
    ClientSecret: 'v',
    TokenURL: 'https://idp/token',
    Issuer: 'idp',
    Scopes: 'a b',
    Provider: 'stytch',
    Type: 'oauth2',
  });
});

test('JSON holds every value as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const { all } = render(parse({ outputFormats: [{ type: 'JSON', key: 'all' }] }), value);
      expect(JSON.parse(all ?? '')).toEqual({
        'client-id': 'client-1',
        'client-secret': value,
        'token-url': 'https://idp/token',
      });
    }),
  );
});

test('a key that objects have anyway stays a key', () => {
  const spec = parse({
    entries: [{ key: '__proto__', field: 'ClientSecret' }],
    outputFormats: [{ type: 'JSON', key: 'all' }],
  });
  expect(render(spec, 'v').all).toBe('{"__proto__":"v"}\n');
});

test('a shell reads every value of a .env file as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mco-dotenv-'));
  const values = [
    'plain',
    '',
    ' spaces ',
    `it's`,
    `''''`,
    `"double" and 'single'`,
    '$HOME `id` $(id) \\ \\n !! # ~ * ; & | < >',
    'two\nlines',
    'tab\there',
    'grüße 漢字',
    `'; echo broken; '`,
  ];
  try {
    const spec = parse({
      entries: [{ key: 'client-secret', field: 'ClientSecret' }],
      outputFormats: [{ type: 'DotEnv', key: '.env' }],
    });
    values.forEach((value, index) =>
      writeFileSync(join(folder, `${index}.env`), render(spec, value)['.env'] ?? ''),
    );
    const script = values.map((_, index) => `. ./${index}.env; printf '%s\\0' "$CLIENT_SECRET";`).join(' ');
    const out = execFileSync('sh', ['-eu', '-c', script], { cwd: folder, encoding: 'utf8' });
    expect(out.split('\0').slice(0, -1)).toEqual(values);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a name that a shell takes is made of every key', () => {
  const entries = ['client-id', 'a.b', '1st', '_x', 'lower'].map((key) => ({ key, field: 'ClientID' }));
  const { env } = render(parse({ entries, outputFormats: [{ type: 'DotEnv', key: 'env' }] }), 'v');
  expect(env?.match(/^[^=]+/gm)).toEqual(['CLIENT_ID', 'A_B', '_1ST', '_X', 'LOWER']);
});

test.each([
  ['a client secret with a token endpoint', {}, usualEntries, 'oauth2'],
  ['no part of a credential', { entries: [] }, usualEntries, 'oauth2'],
  ['an access key', {}, ofAuthress, 'authress'],
  ['an access key and a client secret', { entries: ['AccessKey', 'ClientSecret'] }, ofAuthress, 'oauth2'],
] as const)('Type, with %s', (_what, secret, defaultEntries, wanted) => {
  const named = 'entries' in secret ? ['Type', ...secret.entries] : undefined;
  const spec = parse(named ? { entries: named.map((field) => ({ key: field, field })) } : {});
  const entries = [
    ...wantedEntries(spec, { defaultEntries }, undefined),
    ...(named ? [] : [{ key: 'Type', field: 'Type' as const }]),
  ];
  const providerType = defaultEntries === ofAuthress ? 'Authress' : 'Stytch';
  const data = renderData(spec, 'client-1', { values: {} }, { ...around, providerType, entries });
  expect(Buffer.from(data['Type'] ?? '', 'base64').toString('utf8')).toBe(wanted);
});

test('the template changes with all that the spec says of the Secret, and with nothing else', () => {
  const of = (secret: object, rest: object = {}, id = 'client-1', url: string = around.tokenUrl): string =>
    wantedTemplate(parse(secret, rest), id, { ...aroundOf(parse(secret, rest)), tokenUrl: url });
  const base = of({});
  expect(of({}, { displayName: 'x', scopes: ['a'] })).toBe(base);
  const others = [
    of({ entries: [{ key: 'id', field: 'ClientID' }] }),
    of({ outputFormats: [{ type: 'JSON', key: 'all' }] }),
    of({ labels: { a: 'b' } }),
    of({ annotations: { a: 'b' } }),
    of({}, {}, 'client-2'),
    of({}, {}, 'client-1', 'https://gateway/token'),
  ];
  expect(new Set([base, ...others]).size).toBe(others.length + 1);
});

test('the template remembers the names of labels and annotations, so that they can be taken off', () => {
  const spec = parse({ labels: { 'a/b': 'x' }, annotations: { c: 'y' } });
  const template = wantedTemplate(spec, 'id', aroundOf(spec));
  expect(templateNames(template)).toEqual({ labels: ['a/b'], annotations: ['c'] });
});

test.each(['', 'x', 'x null', 'x []', 'x {"labels":1}', 'x {"labels":{}}'])(
  'a template that a person has spoilt (%j) names nothing',
  (template) => {
    expect(templateNames(template)).toEqual({ labels: [], annotations: [] });
  },
);

test('nothing but the data holds the secret, and the operator’s own names win', () => {
  const spec = parse({ labels: { team: 'a' }, annotations: { note: 'n' } });
  const { data, ...rest } = renderSecret(
    {
      spec,
      owner: { installation: 'inst', namespace: 'ns', name: 'app', uid: 'u' },
      ownerCreated: 0,
      name: 'app',
      clientId: 'client-1',
      credential: { id: 'alue', values: { ClientSecret: new Secret('super-secret-value') } },
      operation: 'op-1',
      version: 1,
      now: 0,
      rotateRequest: undefined,
      around: aroundOf(spec),
    },
    { id: 'k1', key: new Secret('a2V5') },
  );
  expect(Buffer.from(data['client-secret'] ?? '', 'base64').toString()).toBe('super-secret-value');
  expect(JSON.stringify(rest)).not.toContain('super-secret');
  expect(JSON.stringify(rest)).not.toContain(data['client-secret']);
  expect(rest.labels).toEqual({ team: 'a', 'machine-client.dev/managed': 'true' });
  expect(rest.annotations).toMatchObject({ note: 'n', 'machine-client.dev/operation': 'op-1' });
  expect(rest.annotations).not.toHaveProperty('machine-client.dev/rotate-request');
});
