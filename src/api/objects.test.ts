import { describe, expect, test } from 'vitest';
import { readObject } from '../runtime/skim.ts';
import { machineClients, parseMachineClient, parseProvider, type MachineClient } from './objects.ts';

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}`);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const named = (count: number, value: unknown) =>
  Object.fromEntries(many(count, (index) => [`key-${index}`, value]));

const providerRef = { name: 'p' };
const wire = (spec: unknown, more: object = {}, metadata: object = {}) => ({
  metadata: { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '7', ...metadata },
  spec,
  ...more,
});
type Wire = Parameters<typeof parseMachineClient>[0];
/** As the API server sends it. */
const parse = (object: object): MachineClient =>
  parseMachineClient(readObject(Buffer.from(JSON.stringify(object)), machineClients.largestBytes) as Wire);
/** Deeper than `JSON.stringify` goes. */
const parseText = (spec: string): MachineClient =>
  parseMachineClient(
    readObject(
      Buffer.from(JSON.stringify(wire('SPEC')).replace('"SPEC"', () => spec)),
      machineClients.largestBytes,
    ) as Wire,
  );
const metadata = (customMetadata: unknown) => ({ providerRef, customMetadata });
const deepText = (levels: number): string =>
  `{"providerRef":{"name":"p"},"customMetadata":${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}}`;

describe('what is too deep, too much or too large is refused, and says so', () => {
  const path = 'spec.customMetadata';
  test.each<readonly [string, () => MachineClient, string | undefined]>([
    ['32 levels', () => parse(wire(metadata(nested(32)))), undefined],
    ['33 levels', () => parse(wire(metadata(nested(33)))), `${path}: it has more than 32 levels`],
    ...[100, 1_000, 4_300, 4_440, 4_500, 10_000, 20_000].map(
      (levels) =>
        [
          `${levels} levels`,
          () => parseText(deepText(levels)),
          `${path}.a: it has more than 48 levels`,
        ] as const,
    ),
    ['255 values', () => parse(wire(metadata(named(255, 1)))), undefined],
    ['256 values', () => parse(wire(metadata(named(256, 1)))), `${path}: it has more than 256 values`],
    ['16 KiB', () => parse(wire(metadata({ a: 'x'.repeat(16_000) }))), undefined],
    ['17 KiB', () => parse(wire(metadata({ a: 'x'.repeat(17_000) }))), `${path}: it has more than 16 KiB`],
    [
      '50,000 empty objects',
      () =>
        parse(
          wire(
            metadata(
              named(
                10,
                many(5_000, () => ({})),
              ),
            ),
          ),
        ),
      `${path}.key-0: it has more than 2048 values`,
    ],
    [
      '1.2 MB of them',
      () =>
        parse(
          wire(
            metadata(
              named(
                10,
                many(40_000, () => ({})),
              ),
            ),
          ),
        ),
      `the object is too large; without ${many(8, (index) => `${path}.key-${index}`).join(', ')} it could be read`,
    ],
    [
      'a spec of 70 KB',
      () => parse(wire({ providerRef, secret: { annotations: named(20, 'x'.repeat(3_500)) } })),
      'spec: it has more than 64 KiB',
    ],
    [
      'a list of 100,000 wrong items',
      () => parse(wire({ providerRef, scopes: many(100_000, () => 0) })),
      'spec.scopes: it has more than 2048 values',
    ],
    [
      'a list of 100 wrong items',
      () => parse(wire({ providerRef, scopes: many(100, () => 0) })),
      `${many(5, (index) => `spec.scopes.${index}: invalid_type`).join('; ')}; and 95 more`,
    ],
    [
      'a key that no terminal should see',
      () => parse(wire({ providerRef, secret: { labels: { ['\u001b[2J'.repeat(100)]: 1 } } })),
      `spec.secret.labels.${'\\u001b[2J'.repeat(7)}…: invalid_type`,
    ],
  ])('%s', (_, object, invalid) => {
    const { invalid: said, spec } = object();
    expect(said).toBe(invalid);
    expect(spec.providerRef.name).toBe('p');
    expect(JSON.stringify(object()).length).toBeLessThan(70_000);
  });
});

describe('what is kept of an object', () => {
  test('of annotations ours, and of each the beginning', () => {
    const { annotations } = parse(
      wire(
        { providerRef },
        {},
        {
          annotations: {
            'machine-client.dev/rotate-requested': 'x'.repeat(200_000),
            'machine-client.dev/made-up': 'x',
            'example.com/other': 'x',
          },
        },
      ),
    );
    expect(Object.keys(annotations)).toEqual(['machine-client.dev/rotate-requested']);
    expect(annotations['machine-client.dev/rotate-requested']).toHaveLength(4_096);
  });

  test('finalizers all or none: what was not read as a whole is never written back', () => {
    const finalizers = (count: number) =>
      parse(wire({ providerRef }, {}, { finalizers: many(count, (i) => `e.com/${i}`) }));
    expect(finalizers(64).finalizers).toHaveLength(64);
    for (const count of [65, 100_000])
      expect(finalizers(count)).toMatchObject({
        finalizers: [],
        invalid: 'metadata.finalizers: more than 64',
      });
  });

  test('a status that is too much counts as absent', () => {
    const status = { observedGeneration: 3, clientId: 'c' };
    expect(parse(wire({ providerRef }, { status })).status).toEqual(status);
    const absent = { observedGeneration: -1 };
    expect(
      parse(wire({ providerRef }, { status: { ...status, conditions: many(5_000, () => ({})) } })).status,
    ).toEqual(absent);
    expect(parse(wire({ providerRef }, { status: { ...status, more: nested(1_000) } })).status).toEqual(
      absent,
    );
  });

  test('of an invalid one what its deletion needs', () => {
    const spec = {
      providerRef: { kind: 'ClusterIdentityProvider', name: 'shared' },
      deletionPolicy: 'Retain',
      clientId: 'c',
      organizationId: 'org_1',
      secret: { name: 's' },
      customMetadata: named(
        10,
        many(40_000, () => ({})),
      ),
    };
    const parsed = parse(wire(spec));
    expect(parsed.invalid).toContain('too large');
    const { customMetadata, ...rest } = spec;
    expect(customMetadata).toBeDefined();
    expect(parsed.spec).not.toHaveProperty('customMetadata');
    expect(parsed.spec).toMatchObject({
      ...rest,
      secret: { name: 's', deletionPolicy: 'Delete' },
    });
  });

  test('names that every object has are fields like others', () => {
    for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const parsed = parseText(`{"providerRef":{"name":"p"},"${key}":{"deletionPolicy":"Retain"}}`);
      expect(parsed.spec.deletionPolicy).toBe('Delete');
      expect(({} as Record<string, unknown>)['deletionPolicy']).toBeUndefined();
    }
  });
});

test('what stands twice is refused, and a scope counts once', () => {
  expect(parse(wire({ providerRef, scopes: ['b', 'a', 'b'] }))).toMatchObject({
    invalid: undefined,
    spec: { scopes: ['b', 'a'] },
  });
  const entry = { key: 'a', field: 'ClientID' };
  const claim = { key: 'a', value: 'b' };
  for (const [spec, invalid] of [
    [{ audiences: ['a', 'a'] }, 'spec.audiences: no entry may stand in it twice'],
    [{ customClaims: [claim, claim] }, 'spec.customClaims: no key may stand in it twice'],
    [{ secret: { entries: [entry, entry] } }, 'spec.secret.entries: no key may stand in it twice'],
  ] as const)
    expect(parse(wire({ providerRef, ...spec })).invalid).toBe(invalid);
  const stytch = { projectId: 'p', auth: { type: 'Gateway' } };
  const policy = { type: 'Stytch', stytch, clientPolicy: { scopes: ['*', '*'] } };
  expect(parseProvider('IdentityProvider')(wire(policy) as never).invalid).toBe(
    'spec.clientPolicy.scopes: no entry may stand in it twice',
  );
});

test('providers have the same bounds', () => {
  const read = parseProvider('IdentityProvider');
  expect(read(wire({ type: 'Stytch', stytch: nested(100) }) as never)).toMatchObject({
    spec: undefined,
    invalid: 'spec.stytch.a: it has more than 48 levels',
  });
});
