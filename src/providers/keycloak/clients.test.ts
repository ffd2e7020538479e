import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { call, failure, mark, value } from '../../../test/conformance/provider-conformance.ts';
import { refuseWish } from '../members.ts';
import { create, type KeycloakRig, live, start, wish } from './testing/rig.ts';

const only = ({ simulator }: KeycloakRig) => {
  const [client] = simulator.clients();
  if (!client) throw new Error('there is none');
  return client;
};
const console = (rig: KeycloakRig, fields: object): void =>
  void rig.simulator.act({
    action: 'changeClient',
    clientId: only(rig).clientId,
    fields: fields as Record<string, unknown>,
  });

describe('a creation', () => {
  test('makes a client that can do nothing but log in by a key, and bears the mark', async () => {
    await using rig = await start();
    value(await rig.account.create(wish(), 'one', undefined, call));
    expect(only(rig)).toMatchObject({
      clientId: 'one',
      fields: {
        publicClient: false,
        standardFlowEnabled: false,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: true,
        fullScopeAllowed: false,
        clientAuthenticatorType: 'client-jwt',
      },
      attributes: {
        'machine-client.dev/mark': mark.full,
        'machine-client.dev/uid': 'uid-1',
        'machine-client.dev/managed': 'true',
        'jwks.string': '{"keys":[]}',
        'use.jwks.string': 'true',
        'token.endpoint.auth.signing.alg': 'ES256',
      },
      // What a token is made of, and none of what a realm gives to every client.
      defaultScopes: ['basic', 'service_account'],
      optionalScopes: [],
      mappers: [],
    });
  });

  test('with a scope that the realm has not: nothing is made, and it is named', async () => {
    await using rig = await start();
    const outcome = await rig.account.create(wish({ scopes: ['read:a', 'nosuch'] }), 'one', undefined, call);
    expect(failure(outcome)).toMatchObject({
      kind: 'rejected',
      reason: 'RejectedByProvider',
      retry: 'later',
    });
    expect(outcome.kind === 'ok' ? '' : outcome.error.message).toContain('nosuch');
    expect(rig.requests('create')).toBe(0);
  });

  test('whose look at the scopes fails: nothing is made', async () => {
    await using rig = await start();
    rig.simulator.setFaults([{ fault: 'drop-after', operations: ['listScopes'], times: 1 }]);
    const outcome = await rig.account.create(wish({ scopes: ['read:a'] }), 'one', undefined, call);
    expect([failure(outcome).kind, rig.clients()]).toEqual(['rejected', []]);
  });
});

describe('an update', () => {
  test('of scopes: one request for each, and those of the token’s own stay', async () => {
    await using rig = await start();
    const { client } = await create(rig, { scopes: ['read:a'] });
    const { id } = only(rig);
    const wanted = wish({ scopes: ['b', 'c'] });
    let after = await live(rig, client.id);
    const steps: string[][] = [];
    while (rig.account.differences(wanted, after).length > 0) {
      after = value(await rig.account.update(wanted, after, call));
      steps.push([...only(rig).defaultScopes].toSorted());
    }
    expect(steps).toEqual([
      ['b', 'basic', 'read:a', 'service_account'],
      ['b', 'basic', 'c', 'read:a', 'service_account'],
      ['b', 'basic', 'c', 'service_account'],
    ]);
    expect(rig.simulator.requests({ operation: 'update' }).every(({ path }) => path.includes(id))).toBe(true);
  });

  test('of scopes: those that a client may ask for go too', async () => {
    await using rig = await start();
    const fields = { optionalClientScopes: ['c'], defaultClientScopes: ['b'] };
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields });
    const adopted = wish({ clientId: 'theirs', adoptionPolicy: 'Existing', scopes: ['b'] });
    let after = await live(rig, 'theirs');
    expect(after.scopes).toEqual(['b', 'c']);
    while (rig.account.differences(adopted, after).length > 0)
      after = value(await rig.account.update(adopted, after, call));
    expect([only(rig).defaultScopes, only(rig).optionalScopes]).toEqual([['b', 'service_account'], []]);
  });

  test('of scopes: one that a token has only where it is asked for becomes one that it always has', async () => {
    await using rig = await start();
    const fields = { optionalClientScopes: ['c'], defaultClientScopes: ['b'] };
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields });
    const adopted = wish({ clientId: 'theirs', adoptionPolicy: 'Existing', scopes: ['b', 'c'] });
    let after = value(await rig.account.update(adopted, await live(rig, 'theirs'), call));
    expect(rig.account.differences(adopted, after)).toEqual(['scopes']);
    while (rig.account.differences(adopted, after).length > 0)
      after = value(await rig.account.update(adopted, after, call));
    expect([only(rig).defaultScopes, only(rig).optionalScopes]).toEqual([['b', 'service_account', 'c'], []]);
  });

  test('of scopes, by an object that came back: its uid is written first', async () => {
    await using rig = await start();
    const { client } = await create(rig, { scopes: ['read:a'] });
    const after = value(await rig.account.update(wish({ scopes: ['b'] }, 'uid-2'), client, call));
    expect([after.uid, after.scopes]).toEqual(['uid-2', ['read:a']]);
  });

  test('of scopes with one that the realm has not: the others stay as they are', async () => {
    await using rig = await start();
    const { client } = await create(rig, { scopes: ['read:a'] });
    expect(failure(await rig.account.update(wish({ scopes: ['nosuch'] }), client, call)).kind).toBe(
      'rejected',
    );
    expect(only(rig).defaultScopes).toContain('read:a');
  });

  test('of audiences: mappers of another kind stay', async () => {
    await using rig = await start();
    const { client } = await create(rig, { audiences: ['https://a', 'https://b'] });
    const theirs = {
      name: 'team',
      protocolMapper: 'oidc-hardcoded-claim-mapper',
      config: { 'claim.name': 'team' },
    };
    console(rig, { protocolMappers: [...only(rig).mappers, theirs] });
    const after = value(
      await rig.account.update(wish({ audiences: ['https://b', 'https://c'] }), client, call),
    );
    expect(only(rig).audiences.toSorted()).toEqual(['https://b', 'https://c']);
    expect(only(rig).mappers).toContainEqual(expect.objectContaining(theirs));
    expect(after.audiences.toSorted()).toEqual(['https://b', 'https://c']);
  });

  test('of audiences: a mapper that names a client gives that one, whatever else stands in it', async () => {
    await using rig = await start();
    const { client } = await create(rig, { audiences: ['https://a'] });
    const [own] = only(rig).mappers;
    const config = { ...(own?.['config'] as object), 'included.client.audience': 'realm-management' };
    console(rig, { protocolMappers: [{ ...own, config }] });
    const shown = await live(rig, client.id);
    expect(shown.audiences).toEqual(['realm-management']);
    value(await rig.account.update(wish({ audiences: ['https://a'] }), shown, call));
    expect(only(rig).mappers).toEqual([
      expect.objectContaining({ name: own?.['name'], config: own?.['config'] }),
    ]);
  });

  test('of audiences: a mapper that somebody has switched off is put right', async () => {
    await using rig = await start();
    const wanted = wish({ audiences: ['https://a'] });
    const { client } = await create(rig, { audiences: ['https://a'] });
    const [own] = only(rig).mappers;
    const config = { ...(own?.['config'] as object), 'access.token.claim': 'false' };
    console(rig, { protocolMappers: [{ ...own, config }] });
    const shown = await live(rig, client.id);
    expect(rig.account.differences(wanted, shown)).toEqual(['audiences']);
    const after = value(await rig.account.update(wanted, shown, call));
    expect(rig.account.differences(wanted, after)).toEqual([]);
    expect(only(rig).mappers).toEqual([expect.objectContaining({ config: own?.['config'] })]);
  });

  test('of audiences: no two mappers have one name, whatever somebody has written into ours', async () => {
    await using rig = await start();
    const { client } = await create(rig, { audiences: ['https://a'] });
    const [own] = only(rig).mappers;
    const config = { ...(own?.['config'] as object), 'included.custom.audience': 'https://b' };
    console(rig, { protocolMappers: [{ ...own, config }] });
    value(await rig.account.update(wish({ audiences: ['https://a', 'https://b'] }), client, call));
    expect(only(rig).audiences.toSorted()).toEqual(['https://a', 'https://b']);
    expect(new Set(only(rig).mappers.map(({ name }) => name)).size).toBe(2);
  });

  test('puts right what opens more than a machine needs', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    console(rig, {
      standardFlowEnabled: true,
      fullScopeAllowed: true,
      attributes: { 'access.token.lifespan': '9' },
    });
    const shown = await live(rig, client.id);
    expect(rig.account.differences(wish({ accessTokenLifetime: '1h' }), shown)).toEqual([
      'accessTokenLifetime',
      'the flows',
    ]);
    expect(rig.account.powers?.(shown)).toMatchObject({ accessTokenLifetimeMs: 9_000 });
    const after = value(await rig.account.update(wish({ accessTokenLifetime: '1h' }), shown, call));
    expect(rig.account.differences(wish({ accessTokenLifetime: '1h' }), after)).toEqual([]);
    expect(only(rig)).toMatchObject({
      fields: { standardFlowEnabled: false, fullScopeAllowed: false },
      attributes: { 'access.token.lifespan': '3600' },
    });
  });

  test('always sends attributes, and never a key set', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    value(await rig.account.update(wish({ description: 'new' }), client, call));
    value(await rig.account.release(client, call));
    const bodies = rig.simulator.requests({ operation: 'update' }).map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    for (const body of bodies) expect(body).toHaveProperty('attributes');
    for (const body of bodies.slice(1)) expect(JSON.stringify(body)).not.toContain('jwks.string":"{');
  });
});

describe('a wish is refused', () => {
  test.each([
    [
      'a secret on a client of somebody else',
      { credential: {}, managementPolicy: 'CredentialsOnly', clientId: 'theirs', displayName: undefined },
      'set the type to KeyPair',
    ],
    ['keys that replace each other', { rotation: { method: 'Replace' } }, 'keys always overlap'],
    [
      'the entry PrivateKey, of a secret',
      { credential: {}, secret: { name: 's', entries: [{ key: 'a', field: 'PrivateKey' }] } },
      'spec.secret.entries[0].field PrivateKey',
    ],
    ['a name that is too long', { displayName: '😀'.repeat(128) }, '256 characters'],
    ['a description that is too long', { description: 'x'.repeat(256) }, 'bears 255'],
    ['a lifetime of half a second', { accessTokenLifetime: '500ms' }, 'whole seconds'],
    ['a scope that is Keycloak’s own', { scopes: ['read:a', 'basic'] }, 'spec.scopes names basic'],
    ['a claim', { customClaims: [{ key: 'a', value: 'b' }] }, 'customClaims means nothing'],
    ['metadata', { customMetadata: { a: 'b' } }, 'customMetadata means nothing'],
    [
      'the entry ClientSecret',
      { secret: { name: 's', entries: [{ key: 'a', field: 'ClientSecret' }] } },
      'spec.secret.entries[0].field ClientSecret',
    ],
    [
      'the entry KeyID alone',
      { secret: { name: 's', entries: [{ key: 'a', field: 'KeyID' }] } },
      'add PrivateKey',
    ],
    ['the client of the operator', { clientId: 'operator' }, 'the operator itself logs in with'],
  ])('for %s, before anything is sent', async (_, spec, said) => {
    await using rig = await start();
    expect(refuseWish(rig.account, wish(spec))?.message).toContain(said);
    expect(rig.simulator.requests()).toEqual([]);
  });

  test.each([
    ['logs in by a secret', { clientAuthenticatorType: 'client-secret' }, 'by client-secret'],
    ['is public', { publicClient: true }, 'without any credential'],
    ['has its keys at a URL', { attributes: { 'use.jwks.url': 'true' } }, 'by keys at a URL'],
    ['has a certificate', { attributes: { 'use.jwks.string': '' } }, 'by a certificate'],
    ['signs otherwise', { attributes: { 'token.endpoint.auth.signing.alg': 'RS256' } }, 'another algorithm'],
    ['has a set that cannot be read', { attributes: { 'jwks.string': 'x' } }, 'cannot be read'],
    ['has no service account', { serviceAccountsEnabled: false }, 'serviceAccountsEnabled must be true'],
  ])('on a client of somebody else that %s', async (_, fields, said) => {
    await using rig = await start();
    rig.addForeign('theirs');
    console(rig, fields);
    const theirs = await live(rig, 'theirs');
    const borrowed = wish({
      displayName: undefined,
      clientId: 'theirs',
      managementPolicy: 'CredentialsOnly',
    });
    for (const one of [wish({ clientId: 'theirs', adoptionPolicy: 'Existing' }), borrowed])
      expect(refuseWish(rig.account, one, theirs)?.message).toContain(said);
  });

  test('to take over a client that logs people in; its keys may be issued all the same', async () => {
    await using rig = await start();
    rig.addForeign('theirs');
    console(rig, { standardFlowEnabled: true, fullScopeAllowed: true });
    const theirs = await live(rig, 'theirs');
    const adopted = wish({ clientId: 'theirs', adoptionPolicy: 'Existing' });
    expect(refuseWish(rig.account, adopted, theirs)?.message).toContain(
      'standardFlowEnabled must be false, fullScopeAllowed must be false',
    );
    const borrowed = wish({
      displayName: undefined,
      clientId: 'theirs',
      managementPolicy: 'CredentialsOnly',
    });
    expect(refuseWish(rig.account, borrowed, theirs)).toBeUndefined();
  });
});

test('secrets that answers show are in nothing that is returned, thrown or said', async () => {
  await using rig = await start();
  const { client } = await create(rig);
  rig.simulator.act({
    action: 'createClient',
    clientId: 'theirs',
    keys: false,
    fields: { secret: 'a-secret-of-somebody-else', attributes: { 'client.secret.rotated': 'a-rotated-one' } },
  });
  const outcomes: unknown[] = [
    value(await rig.account.list(undefined, call)),
    value(await rig.account.get('theirs', call)),
    value(await rig.account.update(wish({ description: 'new' }), client, call)),
    value(await rig.account.retire(client, client.credentials[0]?.id ?? '', call)),
    value(await rig.account.release(client, call)),
  ];
  for (const name of ['list', 'get', 'update', 'mint'] as const) {
    rig.fault('list', { fault: 'truncate' });
    const asked = {
      list: () => rig.account.list(undefined, call),
      get: () => rig.account.get('theirs', call),
      update: () => rig.account.update(wish(), client, call),
      mint: () => rig.account.mint(wish(), client, call),
    }[name];
    outcomes.push(await asked());
  }
  const told = inspect(outcomes, {
    depth: 20,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
  });
  expect(told).toContain('theirs');
  for (const { value: secret } of rig.simulator.issuedSecrets()) expect(told).not.toContain(secret);
  expect(told).not.toContain('a-rotated-one');
});

test('a client that was renamed is found by its mark in the list', async () => {
  await using rig = await start();
  await create(rig);
  console(rig, { clientId: 'renamed' });
  const { clients } = value(await rig.account.list(undefined, call));
  expect(clients.map(({ id, mark: of }) => [id, of?.full])).toEqual([['renamed', mark.full]]);
});

test('a creation and a key whose answers are lost are there, and found', async () => {
  await using rig = await start();
  rig.fault('create', { fault: 'drop-after' });
  expect(failure(await rig.account.create(wish(), 'one', undefined, call)).kind).toBe('unknown');
  const client = await live(rig, 'one');
  rig.fault('mint', { fault: 'html-502', phase: 'after' });
  const lost = await rig.account.mint(wish(), client, { ...call, operation: 'op-lost' });
  expect(failure(lost).kind).toBe('unknown');
  expect((await live(rig, 'one')).credentials.map(({ issuedBy }) => issuedBy)).toEqual([
    { mark: mark.full, operation: 'op-lost' },
  ]);
});

test('a client that goes while it is being removed is gone', async () => {
  await using rig = await start();
  const { client } = await create(rig);
  const gone = { status: 404, errorType: 'Could not find client' } as const;
  rig.simulator.setFaults([{ fault: 'status', ...gone, operations: ['delete'], times: 1 }]);
  value(await rig.account.remove(client.id, call));
});
