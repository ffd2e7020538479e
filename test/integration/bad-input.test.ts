import { expect, inject, test } from 'vitest';
import { makeMark } from '../../src/providers/mark.ts';
import { calls, deleteSecret, mints, patchSecret, restart, said, secretsOf } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const nothing = 'False Idle: nothing stands in the way';

test('a provider that does not exist is named, and its creation wakes the client', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.client('early');
  const waiting = await world.condition('early', 'Ready', 'False', 'ProviderNotFound');
  const message = `ProviderNotFound: IdentityProvider ${world.namespace}/stytch does not exist`;
  expect(said(waiting, 'Ready')).toBe(`False ${message}`);
  expect(said(waiting, 'Reconciling')).toBe(`True ${message}`);
  expect(said(waiting, 'ClientSynced')).toBe(`Unknown ${message}`);
  expect(said(waiting, 'SecretPublished')).toBe(`False ${message}`);
  expect(said(waiting, 'Stalled')).toBe(nothing);

  // A second one meets the same situation after a restart; the first one's status is not written again.
  await restart(world);
  await world.client('later');
  const later = await world.condition('later', 'Ready', 'False', 'ProviderNotFound');
  expect(said(later, 'Ready')).toBe(`False ${message}`);
  expect((await world.get('early')).metadata.resourceVersion).toBe(waiting.metadata.resourceVersion);

  await world.provider();
  await Promise.all([world.ready('early'), world.ready('later')]);
  expect(await world.works('early')).toBe(true);
  expect(mints(world.simulator)).toBe(2);
});

test('a key that the credential Secret lacks is named, and wakes the provider when it comes', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({
    stytch: {
      projectId: world.simulator.credentials.projectId,
      baseUrl: world.simulator.url,
      auth: { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'password' } },
    },
  });
  await world.client('waiting');
  const provider = await world.providerCondition('Ready', 'False', 'CredentialMissing');
  const missing = `CredentialMissing: IdentityProvider stytch: auth.secretKeyRef names the Secret ${world.namespace}/stytch-management`;
  expect(said(provider, 'Ready')).toBe(`False ${missing}, which has no key password`);
  expect(said(provider, 'CredentialsValid')).toBe(`False ${missing}, which has no key password`);
  expect(said(provider, 'Reachable')).toBe(`Unknown ${missing}, which has no key password`);
  expect(said(provider, 'Stalled')).toBe(nothing);
  const client = await world.condition('waiting', 'Ready', 'False', 'ProviderNotReady');
  expect(said(client, 'Ready')).toBe(
    `False ProviderNotReady: IdentityProvider ${world.namespace}/stytch is not Ready (CredentialMissing)`,
  );
  expect(calls(world.simulator, 'search', 'create')).toBe(0);

  await patchSecret(world, 'stytch-management', {
    stringData: { password: world.simulator.credentials.secret },
  });
  await world.ready('waiting');

  // Gone altogether, and back: the published credential and Ready stay as they are.
  const before = await secretsOf(world, ['waiting']);
  await deleteSecret(world, 'stytch-management');
  const gone = await world.providerCondition('Ready', 'False', 'CredentialMissing');
  expect(said(gone, 'Ready')).toBe(`False ${missing}, which does not exist`);
  const kept = await world.condition('waiting', 'ClientSynced', 'Unknown', 'ProviderNotReady');
  expect(said(kept, 'Ready')).toBe('True Ready: the Secret holds a working credential');
  await world.secret('stytch-management', { password: world.simulator.credentials.secret });
  await world.condition('waiting', 'ClientSynced', 'True', 'Synced');
  expect(await secretsOf(world, ['waiting'])).toEqual(before);
  expect(mints(world.simulator)).toBe(1);
});

const metadata = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, index]));

/** A spec that Stytch cannot bear, and what is said of it. */
const refused: readonly {
  readonly what: string;
  readonly spec: (world: World) => Record<string, unknown>;
  readonly says: string;
}[] = [
  {
    what: 'audiences',
    spec: () => ({ audiences: ['https://api.example'] }),
    says: 'FieldNotSupported: spec.audiences means nothing to Stytch; remove it',
  },
  {
    what: 'scalekit',
    spec: () => ({ organizationId: 'org_1' }),
    says: 'FieldNotSupported: spec.organizationId means nothing to Stytch; remove it',
  },
  {
    what: 'expiry',
    spec: () => ({ secret: { entries: [{ key: 'expires', field: 'ExpiryTime' }] } }),
    says: 'FieldNotSupported: spec.secret.entries[0].field ExpiryTime means nothing to Stytch; remove it',
  },
  {
    what: 'metadata',
    spec: () => ({ customMetadata: metadata(20) }),
    says: "FieldNotSupported: spec.customMetadata has 20 keys; Stytch bears 20, and one of them is the operator's: at most 19",
  },
  ...(['displayName', 'description'] as const).map((field) => ({
    what: field.toLowerCase(),
    spec: (world: World) => ({ [field]: `see ${makeMark(world.namespace, 'other', 'client').short}` }),
    says: `MarkInUserText: spec.${field} contains what looks like the operator's mark (mco- and 26 characters); change it`,
  })),
  {
    what: 'value',
    spec: (world) => ({
      customMetadata: { note: { deep: [makeMark(world.namespace, 'other', 'client').short] } },
    }),
    says: "MarkInUserText: spec.customMetadata contains what looks like the operator's mark (mco- and 26 characters); change it",
  },
  {
    what: 'key',
    spec: () => ({ customMetadata: { 'machine-client.dev': { owner: 'x/y/z' } } }),
    says: "MarkInUserText: the key machine-client.dev of spec.customMetadata is the operator's own; choose another",
  },
];

test('what Stytch cannot bear is refused before anything is asked of it, and made once it is gone', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  for (const { what, spec } of refused) await world.client(what, spec(world));
  for (const { what, says } of refused) {
    const object = await world.condition(what, 'Stalled', 'True');
    expect(said(object, 'Ready')).toBe(`False ${says}`);
    expect(said(object, 'Stalled')).toBe(`True ${says}`);
    expect(object.metadata.finalizers).toBeUndefined();
  }
  expect(mints(world.simulator)).toBe(0);

  // An organization can be taken out of a spec only together with the object.
  const mended = refused.filter(({ what }) => what !== 'scalekit');
  for (const { what, spec } of mended) {
    const removed = Object.fromEntries(Object.keys(spec(world)).map((field) => [field, null]));
    await world.patch(what, { spec: removed });
  }
  for (const { what } of mended) expect(said(await world.ready(what), 'Stalled')).toBe(nothing);
  expect(mints(world.simulator)).toBe(mended.length);
  await world.delete('scalekit');
  await until('the refused object is gone', () => world.isGone('scalekit'));
});

test('nineteen keys of metadata fit beside ours', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('nineteen', { customMetadata: metadata(19) });
  await world.ready('nineteen');
  const [client] = world.simulator.clients();
  expect(Object.keys(client?.trustedMetadata ?? {})).toHaveLength(20);
});

test('a spec that becomes wrong later leaves the client and its Secret alone', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('worker', { displayName: 'before' });
  await world.ready('worker');
  const before = await secretsOf(world, ['worker']);
  await world.patch('worker', { spec: { displayName: 'after', audiences: [] } });
  const stalled = await world.condition('worker', 'Stalled', 'True', 'FieldNotSupported');
  expect(said(stalled, 'Ready')).toBe(
    'False FieldNotSupported: spec.audiences means nothing to Stytch; remove it',
  );
  expect(said(stalled, 'SecretPublished')).toBe('True Published: the Secret worker holds the credential');
  expect(world.simulator.clients().map(({ name }) => name)).toEqual(['before']);
  expect(await world.works('worker')).toBe(true);
  await world.patch('worker', { spec: { audiences: null } });
  await world.ready('worker');
  expect(world.simulator.clients().map(({ name }) => name)).toEqual(['after']);
  expect(await secretsOf(world, ['worker'])).toEqual(before);
  expect(mints(world.simulator)).toBe(1);
});

test('what the clientPolicy refuses is not stalled: a change of the policy wakes it', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ clientPolicy: { scopes: ['read:*'] } });
  await world.client('reader');
  await world.client('writer', { scopes: ['read:invoices', 'write:invoices'] });
  await world.ready('reader');
  const denied = await world.condition('writer', 'Ready', 'False', 'PolicyDenied');
  const says =
    'PolicyDenied: the scope write:invoices is not allowed by spec.clientPolicy.scopes of the IdentityProvider stytch';
  expect(said(denied, 'Ready')).toBe(`False ${says}`);
  expect(said(denied, 'Reconciling')).toBe(`True ${says}`);
  expect(said(denied, 'Stalled')).toBe(nothing);
  expect(mints(world.simulator)).toBe(1);

  await world.patchProvider({ spec: { clientPolicy: { scopes: ['read:*', 'write:*'] } } });
  await world.ready('writer');

  // Stricter again: who has its client keeps it, and says why its spec is not followed any more.
  const before = await secretsOf(world, ['reader', 'writer']);
  await world.patchProvider({ spec: { clientPolicy: { scopes: ['read:*'] } } });
  const again = await world.condition('writer', 'Ready', 'False', 'PolicyDenied');
  expect(said(again, 'Ready')).toBe(`False ${says}`);
  expect(await world.works('writer')).toBe(true);
  expect(await secretsOf(world, ['reader', 'writer'])).toEqual(before);
  expect(said(await world.get('reader'), 'Ready')).toBe('True Ready: the Secret holds a working credential');
});

test('adoption that only one side allows is refused, and the other side wakes it', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  world.simulator.act({ action: 'createClient', fields: { client_id: 'legacy', scopes: ['read:invoices'] } });
  await world.client('taker', { clientId: 'legacy', adoptionPolicy: 'Existing' });
  const denied = await world.condition('taker', 'Ready', 'False', 'AdoptionNotAllowed');
  expect(said(denied, 'Ready')).toBe(
    'False AdoptionNotAllowed: the client legacy exists and is not ours; to take it over, set spec.adoptionPolicy: Existing here and clientPolicy.adoption: Allow on the provider',
  );
  expect(said(denied, 'Stalled')).toBe(nothing);
  expect(calls(world.simulator, 'create', 'update', 'rotateStart')).toBe(0);
  await world.patchProvider({ spec: { clientPolicy: { adoption: 'Allow' } } });
  await world.ready('taker');
  expect(await world.works('taker')).toBe(true);
});
