import fc from 'fast-check';
import { expect, test } from 'vitest';
import { annotations, labels } from '../api/group.ts';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { entryFields } from '../api/schema/machine-client-secret.ts';
import { Secret } from '../runtime/secret.ts';
import { renderSecret } from './render.ts';
import {
  formatLayout,
  formatOwner,
  mainSecret,
  storedValues,
  viewSecret,
  type SecretWire,
} from './secret-view.ts';
import { facts, secretView, status } from './testing/facts.ts';

const key = { id: 'k1', key: new Secret(Buffer.from('a'.repeat(32)).toString('base64')) };
const owner = { installation: 'inst', namespace: 'ns', name: 'app', uid: 'uid-1' };
const rendered = renderSecret(
  {
    spec: machineClientSpec.parse({ providerRef: { name: 'p' } }),
    owner,
    ownerCreated: Date.UTC(2025, 11, 30),
    name: 'app',
    clientId: 'client-1',
    credential: { id: 'wxyz', values: { ClientSecret: new Secret('the-value-wxyz') } },
    operation: 'op-1',
    version: 4,
    now: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    rotateRequest: 'please',
    around: {
      tokenUrl: 'https://idp/token',
      issuer: 'idp',
      providerType: 'Stytch',
      entries: [
        { key: 'client-id', field: 'ClientID' },
        { key: 'client-secret', field: 'ClientSecret' },
        { key: 'token-url', field: 'TokenURL' },
      ],
    },
  },
  key,
);
const wire: SecretWire = {
  metadata: {
    name: 'app',
    namespace: 'ns',
    uid: 'secret-uid',
    resourceVersion: '9',
    labels: rendered.labels,
    annotations: rendered.annotations,
  },
  data: rendered.data,
};
const annotate = (own: Record<string, string>): SecretWire => ({
  ...wire,
  metadata: { ...wire.metadata, annotations: { ...wire.metadata.annotations, ...own } },
});

test('what was rendered is found again', () => {
  expect(viewSecret(wire, key)).toEqual({
    namespace: 'ns',
    name: 'app',
    uid: 'secret-uid',
    resourceVersion: '9',
    deleting: false,
    labelled: true,
    immutable: false,
    merged: false,
    owner,
    ownerCreated: Date.UTC(2025, 11, 30),
    operation: 'op-1',
    clientId: 'client-1',
    credentialId: 'wxyz',
    version: 4,
    publishedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    rotatedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    renewed: true,
    imported: false,
    first: false,
    rotateRequest: 'please',
    abandonedOperation: undefined,
    integrity: 'ok',
    layout: [
      ['client-id', 'ClientID'],
      ['client-secret', 'ClientSecret'],
      ['token-url', 'TokenURL'],
    ],
    template: rendered.annotations[annotations.template],
  });
});

test('no value is in the view (I6)', () => {
  const text = JSON.stringify(viewSecret(wire, key));
  expect(text).not.toContain('the-value');
  expect(text).not.toContain(wire.data?.['client-secret']);
});

test('a copy in another namespace is not ours (I7)', () => {
  expect(
    viewSecret({ ...wire, metadata: { ...wire.metadata, namespace: 'elsewhere' } }, key),
  ).toBeUndefined();
});

test('a copy under another name is not ours, and one that does not say its name is taken at its word', () => {
  expect(viewSecret({ ...wire, metadata: { ...wire.metadata, name: 'copy' } }, key)).toBeUndefined();
  const { [annotations.secretName]: _, ...former } = rendered.annotations;
  expect(viewSecret({ ...wire, metadata: { ...wire.metadata, annotations: former } }, key)).toBeDefined();
});

test('without an owner, or with one that we would not write, it is not ours', () => {
  for (const text of ['', 'inst', 'inst/ns/app', 'inst/ns/app/uid-1/more', 'inst//app/uid-1'])
    expect(viewSecret(annotate({ [annotations.owner]: text }), key), text).toBeUndefined();
  expect(
    viewSecret({ metadata: { name: 'a', namespace: 'ns', uid: 'u', resourceVersion: '1' } }, key),
  ).toBeUndefined();
});

test('a value that was changed by hand is seen', () => {
  expect(viewSecret({ ...wire, data: { ...wire.data, 'client-secret': 'eA==' } }, key)?.integrity).toBe(
    'edited',
  );
});

test('the label, immutability and a deletion under way are seen', () => {
  const view = viewSecret(
    {
      ...wire,
      immutable: true,
      metadata: {
        ...wire.metadata,
        labels: { [labels.managed]: 'false' },
        deletionTimestamp: '2026-01-01T00:00:00Z',
      },
    },
    key,
  );
  expect(view).toMatchObject({ labelled: false, immutable: true, deleting: true });
});

test('annotations that a person has spoilt stop nothing', () => {
  const view = viewSecret(
    annotate({
      [annotations.secretVersion]: 'seven',
      [annotations.publishedAt]: 'yesterday',
      [annotations.keys]: 'a=Nonsense,,=,b',
    }),
    key,
  );
  expect(view).toMatchObject({ version: 0, publishedAt: 0, layout: [] });
});

test('an annotation that is longer than what we write is not kept', () => {
  const long = 'a'.repeat(200_000);
  const ours = Object.entries(rendered.annotations).map(([name]) => name);
  for (const name of ours) {
    const view = viewSecret(annotate({ [name]: long }), key);
    expect(JSON.stringify(view ?? {}).length, name).toBeLessThan(40_000);
  }
  // The longest that counts, and one more.
  for (const [length, found] of [
    [1_024, true],
    [1_025, false],
  ] as const)
    expect(viewSecret(annotate({ [annotations.clientId]: 'c'.repeat(length) }), key)?.clientId !== '').toBe(
      found,
    );
});

test('a layout is read as it was written', () => {
  const entry = fc.tuple(
    fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/),
    fc.constantFrom(...entryFields, 'DotEnv' as const, 'JSON' as const),
  );
  fc.assert(
    fc.property(fc.array(entry), (layout) => {
      expect(viewSecret(annotate({ [annotations.keys]: formatLayout(layout) }), key)?.layout).toEqual(layout);
    }),
  );
});

test('a stored value comes from its entry, whatever the key is called', () => {
  const { ClientSecret } = storedValues(wire, [['client-secret', 'ClientSecret']]);
  expect(ClientSecret?.reveal()).toBe('the-value-wxyz');
  expect(storedValues(wire, [['client-id', 'ClientID']])).toEqual({});
  expect(storedValues({ ...wire, data: {} }, [['client-secret', 'ClientSecret']])).toEqual({});
});

test('an owner is four names', () => {
  expect(formatOwner(owner)).toBe('inst/ns/app/uid-1');
});

const renamed = (secretVersion: number | undefined) => facts(status({ secretVersion })).object;
const former = (version: number) => secretView({ name: `former-${version}`, version });
const wanted = secretView({ version: 3 });
test.each([
  ['the wanted name counts', [former(9), wanted], 9, 'app'],
  ['not yet copied: the newest of the former ones', [former(2), former(3)], 3, 'former-3'],
  ['restored without status', [former(2)], undefined, 'former-2'],
  ['deleted by hand while the former one is kept: that is not what consumers use', [former(2)], 3, undefined],
] as const)('of several Secrets: %s', (_, owned, secretVersion, name) => {
  expect(mainSecret(renamed(secretVersion), owned)?.name).toBe(name);
});
