import { describe, expect, test } from 'vitest';
import {
  ephemeralConformance,
  ephemeralWish,
  secretOf,
} from '../../../test/conformance/ephemeral-conformance.ts';
import type { EphemeralCall, EphemeralRig } from '../../../test/conformance/ephemeral-rig.ts';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { storeCard } from '../../../test/simulators/plastiq/api-client.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from '../../../test/simulators/plastiq/simulator.ts';
import { identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { Connection } from '../connection.ts';
import { ProviderHttp } from '../http.ts';
import type { Wish } from '../provider.ts';
import { capabilities, PlastiqAccount } from './account.ts';
import { plastiq } from './index.ts';
import { flat, type FlatAccount } from '../../../test/helpers/flat-account.ts';

const payerId = '2f0c6d0e-3a75-4b56-9b5c-6f1d2c0a7e11';
const wish = (fields: object = {}, spec: object = {}): Wish =>
  ephemeralWish({ plastiq: { payerId, ...fields }, ...spec });
const v1 = { version: 'V1' };
const both = [['V1'], ['V2']] as const;

type Options = NonNullable<Parameters<typeof startPlastiqSimulator>[0]>;
interface PlastiqRig extends EphemeralRig {
  readonly account: FlatAccount;
  readonly simulator: PlastiqSimulator;
}

const operations: Readonly<Record<EphemeralCall, readonly string[]>> = {
  check: ['categories'],
  issue: ['issueV1', 'issueV2'],
};

const connectTo = (baseUrl: string, connection: Partial<Connection>, clock: Clock): ProviderHttp =>
  new ProviderHttp({ baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...connection }, 4, clock);

const start = async (
  { gateway = false, ...options }: Options & { readonly gateway?: boolean } = {},
  connection: Partial<Connection> = {},
): Promise<PlastiqRig> => {
  const simulator = await startPlastiqSimulator({ payerId, ...options });
  const { apiKey } = simulator.credentials;
  const spec = identityProviderSpec.parse({
    type: 'Plastiq',
    plastiq: {
      environment: 'Sandbox',
      baseUrl: simulator.url,
      auth: gateway
        ? { type: 'Gateway' }
        : { type: 'Secret', secretKeyRef: { name: 'plastiq', key: 'api-key' } },
    },
  });
  const http = connectTo(plastiq.describe(spec).baseUrl, connection, options.clock ?? systemClock);
  const account = flat(plastiq.connect(spec, http, gateway ? undefined : new Secret(apiKey), Math.random));
  const counted = (names: readonly string[]): number =>
    simulator.requests().filter(({ operation }) => names.includes(operation)).length;
  return {
    simulator,
    account,
    login: apiKey,
    issued: () => simulator.clientSecrets().map(({ value }) => value),
    works: async (secret) => (await storeCard(simulator, secret, payerId)).status < 300,
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [...operations[name]], times }]),
    requests: (name) => counted(name ? operations[name] : [...operations.check, ...operations.issue]),
    beginSecretsWith: (text) => simulator.setSwitches({ secretPrefix: text }),
    answerAlso: (moreFields) => simulator.setSwitches({ moreFields: { ...moreFields } }),
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};

describe.each(both)('conformance of %s', (version) => {
  ephemeralConformance(capabilities, (connection) => start({}, connection), {
    spec: { plastiq: { version, payerId } },
  });
});

// The meaning of faults does not depend on these: once is enough.
describe.each(both)('conformance of %s, where the service may differ from its documentation', (version) => {
  ephemeralConformance(
    capabilities,
    () =>
      start({
        switches: {
          createStatus: 201,
          errorShape: '2021',
          missingUserAgent: 'refuse',
          unknownFields: 'refuse',
          missingPayer: 403,
          singleUseV1: false,
          singleUseV2: true,
        },
      }),
    { faults: false, spec: { plastiq: { version, payerId } } },
  );
});

describe('conformance behind a gateway', () => {
  ephemeralConformance(
    capabilities,
    () =>
      start(
        {
          gateway: true,
          pathPrefix: '/pay/plastiq',
          gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' },
        },
        { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
      ),
    { faults: false, spec: { plastiq: { payerId } } },
  );

  test('without its header it is refused', async () => {
    await using rig = await start({
      gateway: true,
      gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' },
    });
    expect(failure(await rig.account.check(call)).reason).toBe('CredentialsInvalid');
  });
});

describe('what is sent', () => {
  const sent = async (wanted: Wish) => {
    await using rig = await start();
    value(await rig.account.issue(wanted, call));
    const [request] = rig.simulator.requests();
    const [secret] = rig.simulator.clientSecrets();
    return { request, secret };
  };

  test.each([
    ['V1', wish(v1), '/api/client-secrets', { payer: { id: payerId }, type: 'CARD' }],
    ['V2', wish(), '/api/v2/client-secrets', { payer: { id: payerId } }],
    ['V2 without a payer', ephemeralWish({ plastiq: {} }), '/api/v2/client-secrets', {}],
    ['nothing in the spec', ephemeralWish(), '/api/v2/client-secrets', {}],
  ])('%s', async (_name, wanted, path, body) => {
    const { request, secret } = await sent(wanted);
    expect(request).toMatchObject({ method: 'POST', path, body, authorization: 'Bearer' });
    expect(secret?.endUser).toEqual({
      userAgent: 'machine-client-operator',
      ipAddress: null,
      deviceId: null,
    });
  });

  test.each(both)('%s: the end user, where the spec names one', async (version) => {
    const endUser = { userAgent: 'Mozilla/5.0 (X11)', ipAddress: '2001:db8::1', deviceId: 'dev-1' };
    expect((await sent(wish({ version, endUser }))).secret?.endUser).toEqual(endUser);
  });

  test('each request has a trace id of its own, which an error repeats', async () => {
    await using rig = await start();
    const http = connectTo(rig.simulator.url, {}, systemClock);
    const ids = [1, 2, 3].map((digit) => `${digit}3333333-3333-4333-8333-333333333333`);
    const left = [...ids];
    const key = new Secret(rig.login);
    const account = new PlastiqAccount(
      'plastiq/test',
      rig.simulator.url,
      key,
      http,
      () => left.shift() ?? '',
    );
    value(await account.issue(wish(), call));
    value(await account.check(call));
    rig.simulator.act({ action: 'deletePayer', payerId });
    expect(await account.issue(wish(), call)).toMatchObject({ error: { requestId: ids[2] } });
    expect(rig.simulator.requests().map(({ requestId }) => requestId)).toEqual(ids);
    await account.close();
  });

  test('by default it is a UUID v4, and never the same', async () => {
    await using rig = await start();
    for (const _ of [1, 2]) value(await rig.account.issue(wish(), call));
    const traces = rig.simulator.clientSecrets().map(({ traceId }) => traceId);
    expect(new Set(traces).size).toBe(2);
    // Had it not been one, the simulator would have answered with another than it was given.
    expect(rig.simulator.requests().map(({ requestId }) => requestId)).toEqual(traces);
  });
});

describe('the end of a secret', () => {
  test.each([
    ['V1', 60_000],
    ['V2', 1_800_000],
  ] as const)('%s: until then it works, and not after it', async (version, lifetimeMs) => {
    const clock = new ManualClock();
    await using rig = await start({ clock });
    const issuedAt = clock.now();
    const [first, second] = [1, 2].map(() => rig.account.issue(wish({ version }), call));
    if (!first || !second) throw new Error('nothing was asked');
    const credentials = [value(await first), value(await second)] as const;
    expect(credentials.map(({ expiryTime }) => expiryTime)).toEqual([
      issuedAt + lifetimeMs,
      issuedAt + lifetimeMs,
    ]);
    clock.advance(lifetimeMs - 1);
    expect(await rig.works(secretOf(credentials[0]))).toBe(true);
    clock.advance(1);
    expect(await rig.works(secretOf(credentials[1]))).toBe(false);
  });

  test('it counts from before the request, however slow the answer is', async () => {
    const clock = new ManualClock();
    await using rig = await start({ clock });
    const before = clock.now();
    rig.fault('issue', { fault: 'delay', ms: 3_000, phase: 'after' });
    const asked = rig.account.issue(wish(v1), call);
    await expect.poll(() => rig.requests('issue')).toBe(1);
    clock.advance(3_000);
    expect(value(await asked).expiryTime).toBe(before + 60_000);
  });
});

describe('the id of a credential', () => {
  test.each([
    ['a long secret', 44, '', /^[\w-]{4}$/],
    ['sixteen characters', 16, '', /^[\w-]{4}$/],
    ['fifteen: four of them would say too much', 15, '', /^unnamed$/],
    ['few, with a prefix that makes them more', 4, 'twelve-more-', /^[\w-]{4}$/],
    ['an end that is not printable', 3, 'a-long-enough-one\n', /^unnamed$/],
    ['an end of more than one code unit', 1, 'a-long-enough-one-𝄞', /^unnamed$/],
  ])('%s', async (_name, secretLength, secretPrefix, id) => {
    await using rig = await start({ switches: { secretLength, secretPrefix } });
    const credential = value(await rig.account.issue(wish(), call));
    expect(credential.id).toMatch(id);
    if (credential.id !== 'unnamed') expect(secretOf(credential).endsWith(credential.id)).toBe(true);
  });
});

describe('a payer that there is not', () => {
  test.each([
    [400, { reason: 'RejectedByProvider', retry: 'spec', errorType: 'VALIDATION_ERROR' }],
    [404, { reason: 'RejectedByProvider', retry: 'spec', errorType: 'NOT_FOUND_ERROR' }],
    [403, { reason: 'PermissionDenied', retry: 'later', errorType: 'FORBIDDEN_ERROR' }],
  ])('%i', async (unknownPayerStatus, meaning) => {
    for (const errorShape of ['current', '2021'] as const) {
      await using rig = await start({ switches: { unknownPayerStatus, errorShape } });
      rig.simulator.act({ action: 'deletePayer', payerId });
      for (const version of ['V1', 'V2'])
        expect(failure(await rig.account.issue(wish({ version }), call))).toMatchObject({
          kind: 'rejected',
          ...meaning,
        });
    }
  });
});

describe('the account', () => {
  test('a rotated API key is good until its end, a revoked one at once no more', async () => {
    const clock = new ManualClock();
    await using rig = await start({ clock });
    rig.simulator.act({ action: 'rotateApiKey' });
    value(await rig.account.check(call));
    clock.advance(12 * 3_600_000);
    const refused = { kind: 'rejected', reason: 'CredentialsInvalid', retry: 'account' };
    expect(failure(await rig.account.check(call))).toMatchObject(refused);
    expect(failure(await rig.account.issue(wish(), call))).toMatchObject(refused);
  });

  test('an address that is not allowed is a matter of permission', async () => {
    await using rig = await start({ switches: { allowedAddresses: ['203.0.113.1'] } });
    const refused = { kind: 'rejected', reason: 'PermissionDenied', retry: 'later' };
    expect(failure(await rig.account.check(call))).toMatchObject(refused);
    expect(failure(await rig.account.issue(wish(), call))).toMatchObject(refused);
  });

  test('maintenance', async () => {
    await using rig = await start({ switches: { accountMode: 'maintenance' } });
    expect(failure(await rig.account.check(call))).toMatchObject({ reason: 'ProviderUnavailable' });
    expect(failure(await rig.account.issue(wish(), call))).toMatchObject({ kind: 'unknown', retry: 'soon' });
  });

  test.each([
    ['Sandbox', undefined, 'plastiq/sandbox', 'https://connect.sandbox.plastiq.com/api'],
    ['Production', undefined, 'plastiq/production', 'https://connect.plastiq.com/api'],
    ['Sandbox', 'https://gateway/pay/', 'plastiq/sandbox', 'https://gateway/pay/'],
  ])('%s, baseUrl %s', async (environment, baseUrl, accountId, expected) => {
    const spec = identityProviderSpec.parse({
      type: 'Plastiq',
      plastiq: {
        environment,
        ...(baseUrl && { baseUrl }),
        auth: { type: 'Secret', secretKeyRef: { name: 'n', key: 'k' } },
      },
    });
    expect(plastiq.describe(spec)).toEqual({
      accountId,
      baseUrl: expected,
      secretKeyRef: { name: 'n', key: 'k' },
    });
    const account = flat(
      plastiq.connect(spec, connectTo(expected, {}, systemClock), new Secret('k'), Math.random),
    );
    expect(account).toMatchObject({ id: accountId, tokenUrl: '', issuer: expected.replace(/\/$/, '') });
    await account.close();
  });
});
