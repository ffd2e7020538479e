import { describe, expect, test } from 'vitest';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { mark } from '../../../test/conformance/with-clients/wish.ts';
import { Secret } from '../../runtime/secret.ts';
import { chosenClientId, makeMark } from '../mark.ts';
import { duplicateClient } from '../provider.ts';
import { create, live, start, wish } from './testing/rig.ts';

const operation = 'operation-1';

describe('a role', () => {
  test('its name has the short mark, its role_id the full one, and a login needs a secret id', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    expect(rig.simulator.clients()).toMatchObject([
      {
        clientId: chosenClientId(mark, 'uid-1', 0),
        roleId: `inst/ns/app/${client.id}`,
        bind_secret_id: true,
        secret_id_num_uses: 0,
        secret_id_ttl: 0,
        token_policies: [],
      },
    ]);
    expect(credential.values.RoleID?.reveal()).toBe(`inst/ns/app/${client.id}`);
    expect(value(await rig.account.list(undefined, call)).clients).toMatchObject([
      { id: client.id, mark: undefined, shortMark: mark.short, credentials: [] },
    ]);
  });

  test('one that is there is looked at, and not taken over', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const before = rig.simulator.clients();
    const again = await rig.account.create(wish(), client.id, undefined, call);
    expect(failure(again)).toMatchObject({ kind: 'rejected', errorType: duplicateClient, retry: 'soon' });
    expect(rig.simulator.clients()).toEqual(before);
    expect(rig.requests('create')).toBe(1);
  });

  test('a role_id that another role has: refused, though the server calls it an error of its own', async () => {
    await using rig = await start();
    const id = chosenClientId(mark, 'uid-1', 0);
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', roleId: `inst/ns/app/${id}` });
    expect(failure(await rig.account.create(wish(), id, undefined, call))).toMatchObject({
      kind: 'rejected',
      errorType: duplicateClient,
    });
    expect(rig.simulator.clients().map(({ clientId }) => clientId)).toEqual(['theirs']);
  });

  test.each([
    ['another role_id', 'something-else'],
    ['the role_id of another name', 'inst/ns/app/mco-another'],
    ['the mark of another object', undefined],
  ])('%s under its name: it bears no mark', async (_what, roleId) => {
    await using rig = await start();
    const { client } = await create(rig);
    const other = makeMark('inst', 'ns', 'other').full;
    rig.simulator.act({
      action: 'changeClient',
      clientId: client.id,
      roleId: roleId ?? `${other}/${client.id}`,
    });
    const shown = await live(rig, client.id);
    expect([shown.mark, shown.shortMark]).toEqual([undefined, undefined]);
  });

  test('what an administrator has changed of it is seen, and put right', async () => {
    await using rig = await start();
    const wanted = wish({
      vaultAppRole: {
        tokenPolicies: ['read-invoices'],
        tokenTTL: '20m',
        boundCIDRs: ['10.0.0.0/8', '192.0.2.7/32', '2001:DB8::7/128'],
        secretIDBoundCIDRs: [],
      },
      accessTokenLifetime: '1h',
    });
    const id = chosenClientId(mark, 'uid-1', 0);
    const created = value(await rig.account.create(wanted, id, undefined, call));
    expect(rig.account.differences(wanted, created.client)).toEqual([]);
    expect(rig.account.differences(wanted, await live(rig, id))).toEqual([]);
    rig.simulator.act({
      action: 'changeClient',
      clientId: id,
      fields: {
        token_policies: 'read-invoices,admin',
        token_bound_cidrs: [],
        secret_id_bound_cidrs: ['10.0.0.0/8'],
        token_ttl: '1s',
        token_period: '24h',
        bind_secret_id: false,
      },
    });
    const changed = await live(rig, id);
    expect(rig.account.powers?.(changed)).toEqual({
      accessTokenLifetimeMs: undefined,
      tokenPolicies: { names: ['admin', 'read-invoices'], field: 'vaultAppRole.tokenPolicies' },
    });
    expect(rig.account.differences(wanted, changed)).toEqual([
      'vaultAppRole.tokenPolicies',
      'vaultAppRole.tokenTTL',
      'vaultAppRole.boundCIDRs',
      'vaultAppRole.secretIDBoundCIDRs',
      'accessTokenLifetime',
      'the limits of secret ids',
    ]);
    value(await rig.account.update(wanted, changed, call));
    const right = await live(rig, id);
    expect(rig.account.differences(wanted, right)).toEqual([]);
    expect(right).toEqual(created.client);
  });

  test('one that is gone is not made again by an update', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    rig.removeInConsole(client.id);
    expect(failure(await rig.account.update(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      reason: 'RejectedByProvider',
      retry: 'soon',
    });
    expect([rig.clients(), rig.requests('update')]).toEqual([[], 1]);
  });

  test.each([
    [{ state: 'Inactive' }, 'spec.state Inactive'],
    [{ deletionPolicy: 'Retain' }, 'spec.deletionPolicy Retain'],
    [{ clientId: 'theirs' }, 'spec.clientId names a role of somebody else'],
    [{ clientId: 'Theirs', managementPolicy: 'CredentialsOnly' }, 'spec.clientId is no name of a role'],
    [{ clientId: 'a..b', managementPolicy: 'Observe' }, 'spec.clientId is no name of a role'],
    [{ vaultAppRole: { tokenPolicies: ['root'] } }, 'names root'],
    [{ vaultAppRole: { tokenTTL: '2h' }, accessTokenLifetime: '1h' }, 'longer than spec.accessTokenLifetime'],
    [{ accessTokenLifetime: '1500ms' }, 'whole seconds'],
    [{ secret: { entries: [{ key: 'a', field: 'TokenURL' }] } }, 'spec.secret.entries[0].field TokenURL'],
    [{ secret: { entries: [{ key: 'a', field: 'RoleID' }] } }, 'add ClientSecret'],
  ])('%j is refused', async (spec, message) => {
    await using rig = await start();
    expect(rig.account.refuse(wish(spec))).toMatchObject({
      reason: 'FieldNotSupported',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    {},
    { vaultAppRole: { tokenPolicies: ['a'], tokenTTL: '1h' }, accessTokenLifetime: '1h' },
    { clientId: 'theirs', managementPolicy: 'CredentialsOnly', deletionPolicy: 'Retain' },
    { secret: { entries: [{ key: 'a', field: 'ClientSecret' }] } },
  ])('%j is not', async (spec) => {
    await using rig = await start();
    expect(rig.account.refuse(wish(spec))).toBeUndefined();
  });
});

describe('secret ids', () => {
  test('each says whose it is, and which operation issued it; those of others say nothing', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const { credential } = value(await rig.account.mint(wish(), client, { ...call, operation }));
    rig.simulator.act({ action: 'addSecretId', clientId: client.id, metadata: { mark: 'inst/ns/app' } });
    const forged = { 'machine-client-mark': 'inst/ns/app', 'machine-client-installation': 'other' };
    rig.simulator.act({ action: 'addSecretId', clientId: client.id, metadata: forged });
    const { credentials } = await live(rig, client.id);
    expect(credentials.map(({ issuedBy }) => issuedBy)).toEqual([
      { mark: mark.full, operation: undefined },
      { mark: mark.full, operation },
      undefined,
      undefined,
    ]);
    expect(credentials[1]?.id).toBe(credential.id);
    const { secretIds = [] } = rig.simulator.clients()[0] ?? {};
    expect(secretIds[1]?.metadata).toEqual({
      'machine-client-mark': mark.full,
      'machine-client-installation': 'inst',
      'machine-client-operation': operation,
    });
  });

  test('one that is known is not looked up again', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const lookups = () => rig.simulator.requests({ operation: 'lookupSecretId' }).length;
    await live(rig, client.id);
    const once = lookups();
    rig.simulator.act({ action: 'addSecretId', clientId: client.id });
    expect((await live(rig, client.id)).credentials).toHaveLength(2);
    expect([once, lookups()]).toEqual([1, 2]);
  });

  test('one that ends says when, and one that does not says nothing', async () => {
    await using rig = await start();
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields: { secret_id_ttl: '1h' } });
    const theirs = await live(rig, 'theirs');
    const { credential } = value(await rig.account.mint(wish(), theirs, call));
    const [shown] = (await live(rig, 'theirs')).credentials;
    expect(Math.abs((shown?.expiryTime ?? 0) - (credential.expiryTime ?? 0))).toBeLessThan(5_000);
    const { client } = await create(rig);
    expect((await live(rig, client.id)).credentials[0]?.expiryTime).toBeUndefined();
  });

  test('of a role that has very many nothing is read, and the number is said', async () => {
    await using rig = await start();
    rig.addForeign('theirs');
    for (let count = 0; count < 257; count++)
      rig.simulator.act({ action: 'addSecretId', clientId: 'theirs' });
    const outcome = await rig.account.get('theirs', call);
    expect(failure(outcome)).toMatchObject({ reason: 'UnexpectedAnswer', retry: 'later' });
    expect(outcome.kind === 'ok' ? '' : outcome.error.message).toContain('257');
    expect(rig.simulator.requests({ operation: 'lookupSecretId' })).toEqual([]);
  });

  test('one that is gone: the error of the server counts only where it is not found either', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    rig.simulator.act({ action: 'deleteSecretId', clientId: client.id, accessor: credential.id });
    expect(value(await rig.account.retire(client, credential.id, call)).credentials).toEqual([]);
    expect(rig.simulator.requests({ operation: 'lookupSecretId' })).toHaveLength(1);
    const second = value(await rig.account.mint(wish(), client, call));
    rig.simulator.setFaults([
      {
        operations: ['destroySecretId'],
        fault: 'status',
        status: 500,
        errorType: 'failed to find accessor entry for secret_id_accessor: "x"',
      },
    ]);
    expect(failure(await rig.account.retire(second.client, second.credential.id, call)).kind).toBe('unknown');
    expect(rig.clients()[0]?.secrets).toHaveLength(1);
  });

  test.each([
    ['listSecretIds', 400],
    ['lookupSecretId', 500],
  ])('of a role that goes while it is read there are none: %s, HTTP %i', async (operation, status) => {
    await using rig = await start();
    const { client } = await create(rig);
    const gone = { fault: 'status', status, errorType: `role "${client.id}" does not exist` } as const;
    rig.simulator.setFaults([{ ...gone, operations: [operation] }]);
    expect((await live(rig, client.id)).credentials).toEqual([]);
    rig.simulator.setFaults([{ ...gone, errorType: 'something else', operations: [operation] }]);
    expect((await rig.account.get(client.id, call)).kind).toBe('rejected');
  });

  test('of a role that is gone: refused, to be looked at again soon', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    rig.removeInConsole(client.id);
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      reason: 'RejectedByProvider',
      retry: 'soon',
    });
  });
});

describe('a role of somebody else', () => {
  const borrowing = { managementPolicy: 'CredentialsOnly', clientId: 'theirs' };

  test('no right on roles is needed: it is known by its role_id', async () => {
    await using rig = await start();
    const fields = { token_policies: ['read-invoices'] };
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', roleId: 'their-role-id', fields });
    rig.simulator.setSwitches({ rights: 'secret-ids' });
    expect(value(await rig.account.list(undefined, call))).toEqual({ clients: [], next: undefined });
    const theirs = await live(rig, 'theirs');
    expect([theirs.id, theirs.mark, theirs.shortMark]).toEqual(['theirs', undefined, undefined]);
    expect(rig.account.powers?.(theirs).tokenPolicies?.names).toBe('not-shown');
    const wanted = wish(borrowing);
    const { credential, client } = value(await rig.account.mint(wanted, theirs, { ...call, operation }));
    expect(credential.values.RoleID?.reveal()).toBe('their-role-id');
    value(await rig.account.prove('theirs', credential.values, call));
    // Where the Secret holds no role_id it is read.
    const { ClientSecret = new Secret('') } = credential.values;
    value(await rig.account.prove('theirs', { ClientSecret }, call));
    value(await rig.account.retire(client, credential.id, call));
    expect(rig.clients()[0]?.secrets).toEqual([]);
    expect(value(await rig.account.get('nobody', call))).toBeUndefined();
    expect(rig.requests('create')).toBe(0);
  });

  test('with the right its policies are shown', async () => {
    await using rig = await start();
    const fields = { token_policies: ['Read-Invoices'], token_max_ttl: '1h' };
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields });
    expect(rig.account.powers?.(await live(rig, 'theirs'))).toEqual({
      accessTokenLifetimeMs: 3_600_000,
      tokenPolicies: { names: ['read-invoices'], field: 'vaultAppRole.tokenPolicies' },
    });
  });

  test('without any right it is refused, and is not taken for gone', async () => {
    await using rig = await start({ switches: { rights: 'none' } });
    rig.addForeign('theirs');
    expect(failure(await rig.account.get('theirs', call))).toMatchObject({
      reason: 'PermissionDenied',
      retry: 'later',
    });
  });

  test('a secret id that works a number of times would be spent by its proofs', async () => {
    await using rig = await start();
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields: { secret_id_num_uses: 3 } });
    expect(rig.account.refuse(wish(borrowing), await live(rig, 'theirs'))?.message).toContain('3 times');
  });
});

test('to destroy a secret id of a role that is gone is a success, though the server calls it an error of its own', async () => {
  await using rig = await start();
  const { client, credential } = await create(rig);
  rig.removeInConsole(client.id);
  value(await rig.account.retire(client, credential.id, call));
});
