import { describe, expect, test } from 'vitest';
import { call, failure, providerConformance, value } from '../../../test/conformance/provider-conformance.ts';
import type { AuthressSwitchPatch } from '../../../test/simulators/authress/switches.ts';
import { identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { systemClock } from '../../runtime/clock.ts';
import { ProviderHttp } from '../http.ts';
import type { Wish } from '../provider.ts';
import { capabilities } from './account.ts';
import { authress } from './index.ts';
import { behindGateway, create, start, wish } from './testing/rig.ts';

describe('conformance', () => {
  providerConformance(capabilities, () => start());
});

describe('conformance with key pairs that are made here', () => {
  providerConformance(capabilities, () => start(), { spec: { credential: { type: 'KeyPair' } } });
});

/** The schema refuses it first, so only an object that was stored before it could ask for it. */
const withUnknownQuota = (): Wish => {
  const usual = wish();
  return {
    ...usual,
    spec: { ...usual.spec, authress: { rateLimits: [{ duration: '5m', quota: 250 }] } },
  };
};

// The meaning of faults does not depend on these: once is enough.
describe('conformance, where the service may differ from its documentation', () => {
  providerConformance(
    capabilities,
    () =>
      start({
        switches: {
          ownClientRead: 'forbidden',
          errorMembers: ['title'],
          retryAfter: 'present',
          putOmitted: 'keep',
          extraFields: 'refuse',
          emptyCollections: 'absent',
          maxNameLength: 64,
          deleteUnknown: 'accept',
          sixthKeyStatus: 400,
          publicKeyEcho: 'unpadded',
          generationDates: 'absent',
          clientSecrets: 'absent',
          listItems: 'summary',
          listOrder: 'newest-first',
          lastPage: 'absent',
        },
      }),
    { faults: false },
  );
});

describe('conformance, where errors have no body, as the OpenAPI declares them', () => {
  providerConformance(capabilities, () => start({ switches: { errorBody: 'absent' } }), { faults: false });
});

describe('conformance behind a gateway', () => {
  providerConformance(capabilities, () => start(behindGateway.options, behindGateway.setting), {
    faults: false,
  });
});

describe('unverified points of the service', () => {
  test('no permission reads as "gone" of one client, and shows in the list and in writes', async () => {
    await using rig = await start({ switches: { blindList: 'forbidden' } });
    const { client } = await create(rig);
    rig.simulator.setSwitches({ accountMode: 'blind' });
    expect(value(await rig.account.get(client.id, call))).toBeUndefined();
    expect(failure(await rig.account.list(undefined, call)).reason).toBe('PermissionDenied');
    for (const outcome of [
      await rig.account.create(wish(), undefined, undefined, call),
      await rig.account.remove(client.id, call),
      await rig.account.retire(client, 'q7Rd', call),
    ])
      expect(failure(outcome)).toMatchObject({
        kind: 'rejected',
        reason: 'PermissionDenied',
        retry: 'later',
      });
    expect(rig.clients()).toHaveLength(1);
  });

  test('a 404 of the collection is another path than the API’s, and no word about the spec', async () => {
    await using rig = await start({
      switches: { accountMode: 'blind', blindWrites: 'not-found' },
    });
    expect(failure(await rig.account.create(wish(), undefined, undefined, call))).toMatchObject({
      reason: 'UnexpectedAnswer',
      retry: 'soon',
    });
  });

  test.each([['title'], ['errorId'], ['errorCode']] as const)(
    'an error of which only its %s is known is one of the service',
    async (member) => {
      await using rig = await start({ switches: { errorMembers: [member] } });
      expect(value(await rig.account.get('nobody', call))).toBeUndefined();
      const refused = withUnknownQuota();
      expect(failure(await rig.account.create(refused, undefined, undefined, call)).retry).toBe('spec');
    },
  );

  const wordless: readonly (readonly [string, AuthressSwitchPatch])[] = [
    ['no body', { errorBody: 'absent' }],
    ['an empty object', { errorMembers: [] }],
    ['a sentence alone', { errorBody: 'message' }],
  ];

  test.each(wordless)('with %s the status of an error counts', async (_what, switches) => {
    await using rig = await start({ switches });
    const { client, credential } = await create(rig);
    expect(value(await rig.account.get('nobody', call))).toBeUndefined();
    // The client may not read itself: its key is good, until it is deleted.
    value(await rig.account.prove(client.id, credential.values, call));
    rig.simulator.act({ action: 'deleteKey', clientId: client.id, keyId: credential.id });
    expect(failure(await rig.account.prove(client.id, credential.values, call)).reason).toBe(
      'CredentialRefused',
    );
    rig.removeInConsole(client.id);
    value(await rig.account.retire(client, credential.id, call));
    value(await rig.account.remove(client.id, call));
    const refused = withUnknownQuota();
    expect(failure(await rig.account.create(refused, undefined, undefined, call))).toMatchObject({
      reason: 'RejectedByProvider',
      retry: 'spec',
    });
  });

  test.each(wordless)('with %s nobody knows whether a gateway has answered', async (_what, switches) => {
    await using rig = await start({ ...behindGateway.options, switches }, behindGateway.setting);
    const { client, credential } = await create(rig);
    rig.removeInConsole(client.id);
    for (const outcome of [
      await rig.account.get(client.id, call),
      await rig.account.retire(client, credential.id, call),
      await rig.account.remove(client.id, call),
    ])
      expect(failure(outcome)).toMatchObject({ reason: 'UnexpectedAnswer', retry: 'soon' });
  });

  test('the plan’s limit is tried again later', async () => {
    await using rig = await start({ switches: { maxClients: 1 } });
    await create(rig);
    expect(failure(await rig.account.create(wish(), undefined, undefined, call))).toMatchObject({
      reason: 'PaymentRequired',
      retry: 'later',
    });
  });

  test.each(['empty', 'null', 'absent'] as const)('a last page that says %s', async (lastPage) => {
    await using rig = await start({ switches: { lastPage } });
    rig.addForeign('a');
    expect(value(await rig.account.list(undefined, call))).toMatchObject({
      clients: [{ id: 'a' }],
      next: undefined,
    });
  });
});

describe('where it is', () => {
  test.each([
    ['https://acc-1.api.authress.io', 'https://acc-1.api.authress.io'],
    ['https://acc-1.api-eu-west.authress.io/', 'https://acc-1.api.authress.io'],
    ['https://api.authress.io', 'https://acc-1.api.authress.io'],
    ['https://login.example.com/authress/', 'https://login.example.com/authress'],
    ['https://authress.io.example.com', 'https://authress.io.example.com'],
  ])('tokens of an account at %s name %s', async (baseUrl, issuer) => {
    const spec = identityProviderSpec.parse({
      type: 'Authress',
      authress: { baseUrl, accountId: 'acc-1', auth: { type: 'Gateway' } },
    });
    const connection = { baseUrl, timeoutMs: 1_000, headers: [], refuseLocal: false };
    const account = authress.connect(
      spec,
      new ProviderHttp(connection, 1, systemClock),
      undefined,
      Math.random,
    );
    expect(account.issuer).toBe(issuer);
    await account.close();
  });

  const describeAccount = (baseUrl: string, accountId?: string) =>
    authress.describe(
      identityProviderSpec.parse({
        type: 'Authress',
        authress: {
          baseUrl,
          ...(accountId && { accountId }),
          auth: { type: 'Secret', secretKeyRef: { name: 'n', key: 'k' } },
        },
      }),
    );

  test.each([
    ['https://acc-1.api.authress.io', undefined, 'authress/acc-1.api.authress.io'],
    ['https://login.example.com/authress', undefined, 'authress/login.example.com'],
    ['https://login.example.com', 'acc-1', 'authress/acc-1'],
  ])('%s, accountId %s: %s', (baseUrl, accountId, expected) => {
    expect(describeAccount(baseUrl, accountId)).toEqual({
      accountId: expected,
      baseUrl,
      secretKeyRef: { name: 'n', key: 'k' },
    });
  });
});
