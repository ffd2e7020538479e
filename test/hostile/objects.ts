/**
 * What a user may store, as data: one entry is one attempt. The tests store it beside a healthy neighbour, in the real API
 * server and as events of a watch, and the threat model's table is made of it.
 */
export interface HostileObject {
  readonly kind: 'object';
  /** What is tried, in words. */
  readonly name: string;
  /** How many of them are there at one time; left out: one. */
  readonly count?: number;
  /** Of its metadata, besides name and namespace. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Its spec besides `providerRef`, as members of a JSON text: no maker of JSON goes as deep as its readers. */
  readonly object: string;
  /** A Secret that it refers to: its data, not encoded. */
  readonly secret?: { readonly name: string; readonly stringData: Readonly<Record<string, string>> };
  /** Another spec, written when the first one has come to its end. */
  readonly patch?: string;
  /** What the Secret then has. */
  readonly keys?: readonly string[];
  /** The reason of its Ready condition. */
  readonly ends: 'Ready' | 'InvalidSpec' | 'FieldNotSupported' | 'ImportSecretMissing' | 'SecretRefused';
}

const nested = (levels: number, open: string, close: string): string =>
  `${open.repeat(levels)}0${close.repeat(levels)}`;
const objects = (levels: number): string => nested(levels, '{"a":', '}');
const arrays = (levels: number): string => nested(levels, '[', ']');
const list = (count: number, item: string): string =>
  `[${Array.from({ length: count }, () => item).join(',')}]`;
const members = (count: number, value: string): string =>
  Array.from({ length: count }, (_, index) => `"key-${index}":${value}`).join(',');

const metadata = (json: string): string => `"customMetadata":${json}`;
const entries = (...keys: readonly string[]): string =>
  `"secret":{"entries":${JSON.stringify([
    { key: 'client-id', field: 'ClientID' },
    { key: 'client-secret', field: 'ClientSecret' },
    { key: 'token-url', field: 'TokenURL' },
    ...keys.map((key) => ({ key, field: 'ClientSecret' })),
  ])}}`;

/** Names that every object of JavaScript has. */
const inherited = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__'];
const bidi = '\u202e\u2066';
const escapes = '\u001b]0;pwned\u0007\u001b[2J\u009b31m\r\n  IdentityProvider kube-system/forged: 999';

const deep = [100, 4_300, 4_350, 4_400, 4_440, 9_900].map(
  (levels): HostileObject => ({
    kind: 'object',
    name: `${levels.toLocaleString('en')} levels in customMetadata`,
    object: metadata(objects(levels)),
    ends: 'InvalidSpec',
  }),
);

export const hostileObjects: readonly HostileObject[] = [
  ...deep,
  {
    kind: 'object',
    name: '5,000 levels of arrays in customMetadata',
    object: metadata(`{"a":${arrays(5_000)}}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '4,400 levels where the schema wants a text',
    object: `"displayName":${objects(4_400)}`,
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '1.2 MB of empty objects in customMetadata',
    count: 2,
    object: metadata(`{"a":${list(400_000, '{}')}}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '250 KB of empty objects in customMetadata',
    count: 2,
    object: metadata(`{"a":${list(80_000, '{}')}}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '1.2 MB in one text',
    count: 34,
    object: metadata(`{"a":"${'x'.repeat(1_200_000)}"}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '17 KB in customMetadata',
    object: metadata(`{"a":"${'x'.repeat(17_000)}"}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '257 values in customMetadata',
    object: metadata(`{${members(16, list(16, '1'))}}`),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: '100,000 scopes of the wrong type',
    object: `"scopes":${list(100_000, '0')}`,
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: 'a cron expression of 200,000 characters',
    object: `"rotation":{"schedule":"${'1,'.repeat(100_000)}1 * * * *"}`,
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: 'fields named as members of every object',
    object: inherited.map((name) => `"${name}":{"deletionPolicy":"Retain"}`).join(','),
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: 'customMetadata named as members of every object',
    object: metadata('{"constructor":"a","toString":"b","hasOwnProperty":"c"}'),
    patch: metadata('{}'),
    ends: 'Ready',
  },
  {
    kind: 'object',
    name: 'keys of the Secret named as members of every object, which then leave the spec',
    object: entries(...inherited),
    patch: entries(),
    keys: ['client-id', 'client-secret', 'token-url'],
    ends: 'Ready',
  },
  {
    kind: 'object',
    name: 'an import of a key that is a member of every object',
    object:
      '"clientId":"m2m-client-test-0001","credential":{"importSecretRef":{"name":"hostile-import","key":"constructor"}}',
    secret: { name: 'hostile-import', stringData: { other: 'x'.repeat(40) } },
    ends: 'ImportSecretMissing',
  },
  {
    kind: 'object',
    name: 'control characters in keys that the schema does not know',
    object: `${JSON.stringify(escapes)}:1,${JSON.stringify(bidi)}:2`,
    ends: 'InvalidSpec',
  },
  {
    kind: 'object',
    name: 'control characters in displayName and description',
    object: `"displayName":${JSON.stringify(escapes.slice(0, 100))},"description":${JSON.stringify(bidi)}`,
    ends: 'Ready',
  },
  {
    kind: 'object',
    name: 'annotations of 200 KB, ours and others',
    metadata: {
      annotations: {
        'machine-client.dev/rotate-requested': 'x'.repeat(100_000),
        'machine-client.dev/revoke-previous': escapes,
        'machine-client.dev/unaccounted': 'a,'.repeat(20_000),
        'machine-client.dev/operation': '['.repeat(20_000),
      },
    },
    object: '"suspend":false',
    ends: 'Ready',
  },
  {
    kind: 'object',
    name: '100 finalizers of others',
    metadata: { finalizers: Array.from({ length: 100 }, (_, index) => `example.com/f${index}`) },
    object: '"suspend":false',
    ends: 'InvalidSpec',
  },
];
