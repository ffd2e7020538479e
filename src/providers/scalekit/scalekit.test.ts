import { describe, expect, test } from 'vitest';
import {
  call,
  createAs,
  failure,
  mark,
  providerConformance,
  value,
  wish as anyWish,
} from '../../../test/conformance/provider-conformance.ts';
import { identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { Secret } from '../../runtime/secret.ts';
import type { UpstreamClient } from '../provider.ts';
import { capabilities } from './account.ts';
import { scalekit } from './index.ts';
import { connect, inOrganization, organizationId, type ScalekitRig, startRig } from './testing/rig.ts';

const spec = inOrganization;
const wish = (more: object = {}) => anyWish({ ...spec, ...more });
const create = (rig: ScalekitRig, more: object = {}) => createAs(rig, wish(more));
const shown = async ({ account }: ScalekitRig, id: string): Promise<UpstreamClient> => {
  const client = value(await account.get(id, call));
  if (!client) throw new Error('gone');
  return client;
};

describe('conformance', () => {
  providerConformance(capabilities, () => startRig(), { spec });
});

// The meaning of faults does not depend on these: once is enough.
describe('conformance, where the service may differ from its documentation', () => {
  providerConformance(
    capabilities,
    () =>
      startRig({
        switches: {
          createStatus: 200,
          addSecretStatus: 200,
          errors: {
            unknownClient: { errorCode: 'CLIENT_MISSING' },
            unknownSecret: { status: 400, code: 3 },
            lastSecret: { code: 9 },
            tooManySecrets: { status: 409, code: 6 },
          },
          errorDetail: 'none',
          tokenErrorShape: 'status',
          tokenBasicAuth: 'refuse',
          tokenUnassignedScope: 'leave-out',
          expiryForm: 'number',
          zeroValues: 'omit',
          deleteAnswer: 'empty',
          timestampDigits: 9,
          newerFields: 'present',
          patchSecrets: 'present',
          listSecrets: 'empty',
          lastUsed: 'absent',
          emptyInPatch: 'clear',
          idRules: 'ignore',
          listOrder: 'newest-first',
          defaultPageSize: 1,
          pageSizeRule: 'enforce',
        },
      }),
    { faults: false, spec },
  );
});

describe('conformance behind a gateway', () => {
  providerConformance(
    capabilities,
    () =>
      startRig(
        { pathPrefix: '/idp/scalekit', gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } },
        { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
        true,
      ),
    { faults: false, spec },
  );
});

describe('fields', () => {
  const lifetime = (accessTokenLifetime: string) => wish({ ...spec, accessTokenLifetime });

  test.each(['string', 'number', 'absent'] as const)(
    'a lifetime shown as %s is no drift',
    async (expiryForm) => {
      await using rig = await startRig({ switches: { expiryForm } });
      const { client } = await createAs(rig, lifetime('20m'));
      expect(rig.simulator.clients()[0]?.expiry).toBe(1200);
      expect(rig.account.differences(lifetime('1200s'), await shown(rig, client.id))).toEqual([]);
      const other = lifetime('30m');
      if (expiryForm !== 'absent')
        expect(rig.account.differences(other, client)).toEqual(['accessTokenLifetime']);
      // Where it is not shown, it is written whenever anything is.
      const updated = value(await rig.account.update(other, client, call));
      expect(rig.account.differences(other, updated)).toEqual([]);
      expect(rig.simulator.clients()[0]?.expiry).toBe(1800);
    },
  );

  test('audiences and claims are kept whole, in any order', async () => {
    await using rig = await startRig();
    const claims = (...keys: string[]) => ({
      audiences: keys,
      customClaims: keys.map((key) => ({ key, value: `${key}!` })),
    });
    const { client } = await create(rig, claims('a', 'b'));
    expect(rig.account.differences(wish(claims('b', 'a')), await shown(rig, client.id))).toEqual([]);
    const wanted = wish(claims('b', 'c'));
    expect(rig.account.differences(wanted, client)).toEqual(['audiences', 'customClaims']);
    value(await rig.account.update(wanted, client, call));
    expect(rig.simulator.clients()).toMatchObject([
      {
        audience: ['b', 'c'],
        customClaims: [
          { key: 'b', value: 'b!' },
          { key: 'c', value: 'c!' },
        ],
      },
    ]);
    expect(rig.account.differences(wanted, await shown(rig, client.id))).toEqual([]);
  });

  test('only what differs is sent, and the mark', async () => {
    await using rig = await startRig();
    const { client } = await create(rig, { description: 'd' });
    value(await rig.account.update(wish({ displayName: 'New', description: 'd' }), client, call));
    expect(rig.simulator.requests({ operation: 'update' }).at(-1)?.body).toEqual({
      name: 'New',
      description: expect.stringMatching(/^\[mco mco-.* uid-1\] d$/) as string,
    });
  });

  test('a client that was let go says whose it was', async () => {
    await using rig = await startRig();
    const { client } = await create(rig, { description: 'd' });
    const released = value(await rig.account.release(client, call));
    expect(rig.simulator.clients()[0]?.description).toBe(`[mco released ${mark.short} ${mark.full} uid-1] d`);
    expect(released.description).toBe('d');
    // And may be taken over again.
    expect(value(await rig.account.update(wish({ description: 'd' }), released, call)).mark).toEqual(mark);
  });

  test('a name that is taken is the spec’s fault, where names must differ', async () => {
    await using rig = await startRig({ switches: { duplicateNames: 'refuse' } });
    await create(rig);
    expect(failure(await rig.account.create(wish(), undefined, undefined, call))).toMatchObject({
      kind: 'rejected',
      reason: 'RejectedByProvider',
      retry: 'spec',
    });
  });

  test('a scope that the environment does not know too', async () => {
    await using rig = await startRig({ switches: { knownScopes: ['read:b'] } });
    expect(failure(await rig.account.create(wish(), undefined, undefined, call))).toMatchObject({
      reason: 'RejectedByProvider',
      retry: 'spec',
    });
  });
});

describe('organizations', () => {
  test('each has clients of its own', async () => {
    await using rig = await startRig();
    const { client } = await create(rig);
    const other = rig.environment.within('org_2');
    expect(value(await other.list(undefined, call)).clients).toEqual([]);
    expect(value(await other.get(client.id, call))).toBeUndefined();
    expect(other.id).toBe(rig.account.id);
  });

  test.each([
    ['by its words', {}, 'org_9'],
    ['without details', { errorDetail: 'none' }, 'org_9'],
    ['by the form of its id', {}, 'nonsense'],
  ] as const)('one that there is not, told %s, is not a client that is gone', async (_how, switches, id) => {
    await using rig = await startRig({ switches });
    const { client } = await create(rig);
    const nowhere = rig.environment.within(id);
    const outcomes = [
      await nowhere.get(client.id, call),
      await nowhere.list(undefined, call),
      await nowhere.create(wish(), undefined, undefined, call),
      await nowhere.remove(client.id, call),
    ];
    for (const outcome of outcomes)
      expect(failure(outcome)).toMatchObject({
        kind: 'rejected',
        reason: 'RejectedByProvider',
        retry: 'later',
        errorType: 'organization_not_found',
      });
  });

  test('where nothing is said of what is missing, a list and a creation have named nothing else', async () => {
    const switches = { errors: { unknownOrganization: { message: '', errorCode: 'E17' } } };
    await using rig = await startRig({ switches });
    const nowhere = rig.environment.within('org_9');
    const outcomes = [
      await nowhere.list(undefined, call),
      await nowhere.create(wish(), undefined, undefined, call),
    ];
    for (const outcome of outcomes)
      expect(failure(outcome)).toMatchObject({ reason: 'RejectedByProvider', retry: 'later' });
  });

  test('one that there is not may look empty', async () => {
    await using rig = await startRig({ switches: { unknownOrganizationList: 'empty' } });
    expect(value(await rig.environment.within('org_9').list(undefined, call)).clients).toEqual([]);
  });

  test('without one nothing is asked for', async () => {
    await using rig = await startRig();
    await expect(rig.environment.get('x', call)).rejects.toThrow(TypeError);
    await expect(rig.environment.list(undefined, call)).rejects.toThrow(TypeError);
    expect(rig.simulator.requests()).toEqual([]);
  });

  test('closing one does not close the others', async () => {
    await using rig = await startRig();
    await rig.environment.within('org_2').close();
    await create(rig);
  });
});

describe('what is gone', () => {
  test.each([
    ['with details', {}],
    ['with the request’s id', { errorDetail: 'code-and-request' }],
    ['without details', { errorDetail: 'none' }],
    ['with a code that says nothing', { errors: { unknownClient: { message: '', errorCode: 'E17' } } }],
    ['with another status', { errors: { unknownClient: { status: 400 } } }],
  ] as const)('a client, told %s', async (_how, switches) => {
    await using rig = await startRig({ switches });
    const { client, credential } = await create(rig);
    rig.removeInConsole(client.id);
    expect(value(await rig.account.get(client.id, call))).toBeUndefined();
    value(await rig.account.remove(client.id, call));
    expect(value(await rig.account.retire(client, credential.id, call)).credentials).toEqual([]);
    const refused = failure(await rig.account.mint(wish(), client, call));
    expect(refused).toMatchObject({ reason: 'RejectedByProvider', retry: 'soon' });
    expect(refused.errorType).toMatch(/not_found$/);
    expect(failure(await rig.account.update(wish({ displayName: 'x' }), client, call)).retry).toBe('soon');
  });

  test('a path that the gateway of the API does not know says nothing', async () => {
    await using rig = await startRig();
    const { client } = await create(rig);
    const environment = connect(`${rig.simulator.url}/elsewhere`, 'gateway');
    const outcome = await environment.within(organizationId).get(client.id, call);
    expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason: 'UnexpectedAnswer', retry: 'soon' });
    await environment.close();
  });

  test('the request’s id is told, and nothing else of the body', async () => {
    await using rig = await startRig({ switches: { errorDetail: 'code-and-request' } });
    const outcome = await rig.account.update(wish(), { ...(await create(rig)).client, id: 'm2morg_1' }, call);
    if (outcome.kind === 'ok') throw new Error('it was done');
    expect(outcome.error.requestId).toBe(rig.simulator.requests().at(-1)?.requestId);
    expect(outcome.error.message).toBe('Scalekit update: HTTP 404 client_not_found');
  });
});

describe('the list', () => {
  test('an item without secrets is a summary: no client is without', async () => {
    await using rig = await startRig({ switches: { listSecrets: 'empty' } });
    const { client } = await create(rig, { description: 'd' });
    const theirs = rig.addForeign('theirs');
    const { clients } = value(await rig.account.list(undefined, call));
    expect(clients).toMatchObject([
      { id: client.id, mark: undefined, shortMark: mark.short, description: '', scopes: [], credentials: [] },
      { id: theirs, mark: undefined },
    ]);
    expect(clients[1]?.shortMark).toBeUndefined();
    expect(value(await rig.account.get(client.id, call))).toEqual(client);
  });

  test('an item with its secrets is the client', async () => {
    await using rig = await startRig();
    const { client } = await create(rig);
    expect(value(await rig.account.list(undefined, call)).clients).toEqual([client]);
  });
});

describe('where it is', () => {
  const describeAt = (environmentUrl: string) =>
    scalekit.describe(
      identityProviderSpec.parse({
        type: 'Scalekit',
        scalekit: {
          environmentUrl,
          auth: { type: 'Secret', clientId: 'skc_1', secretKeyRef: { name: 'n', key: 'k' } },
        },
      }),
    );

  test.each([
    ['https://acme.scalekit.dev', 'scalekit/acme.scalekit.dev', 'https://acme.scalekit.dev'],
    ['https://Acme.scalekit.com/', 'scalekit/acme.scalekit.com', 'https://Acme.scalekit.com'],
    ['https://gateway:8443/dev/', 'scalekit/gateway:8443/dev', 'https://gateway:8443/dev'],
  ])('%s: %s', (environmentUrl, accountId, baseUrl) => {
    expect(describeAt(environmentUrl)).toEqual({
      accountId,
      baseUrl,
      secretKeyRef: { name: 'n', key: 'k' },
    });
  });

  test('the token endpoint and the issuer are below the environment', async () => {
    await using rig = await startRig({ pathPrefix: '/idp/' });
    const { url } = rig.simulator;
    expect([rig.account.tokenUrl, rig.account.issuer]).toEqual([`${url}/oauth/token`, url]);
  });
});
