import { describe, expect, test } from 'vitest';
import {
  call,
  create,
  failure,
  mark,
  providerConformance,
  value,
  wish,
} from '../../../test/conformance/provider-conformance.ts';
import type { PortCall, SimulatedRig } from '../../../test/conformance/rig.ts';
import { startStytchSimulator, type StytchSimulator } from '../../../test/simulators/stytch/simulator.ts';
import { identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { systemClock } from '../../runtime/clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { Connection } from '../connection.ts';
import { ProviderHttp } from '../http.ts';
import { makeMark } from '../mark.ts';
import { capabilities } from './account.ts';
import { stytch } from './index.ts';
import { flat } from '../../../test/helpers/flat-account.ts';

type Options = Parameters<typeof startStytchSimulator>[0];
interface StytchRig extends SimulatedRig {
  readonly simulator: StytchSimulator;
}

const operations: Readonly<Record<PortCall, string>> = {
  list: 'search',
  get: 'get',
  create: 'create',
  update: 'update',
  release: 'update',
  remove: 'delete',
  mint: 'rotateStart',
  retire: 'unknown',
  promote: 'rotate',
  cancel: 'rotateCancel',
  read: 'unknown',
  turn: 'unknown',
  drop: 'unknown',
  prove: 'token',
};

const start = async (
  options: Options = {},
  connection: Partial<Connection> = {},
  gateway = false,
): Promise<StytchRig> => {
  const simulator = await startStytchSimulator(options);
  const { projectId, secret } = simulator.credentials;
  const spec = identityProviderSpec.parse({
    type: 'Stytch',
    stytch: {
      projectId,
      baseUrl: simulator.url,
      auth: gateway
        ? { type: 'Gateway' }
        : { type: 'Secret', secretKeyRef: { name: 'stytch', key: 'secret' } },
    },
  });
  const { baseUrl } = stytch.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...connection },
    4,
    systemClock,
  );
  const account = flat(stytch.connect(spec, http, gateway ? undefined : new Secret(secret), Math.random));
  return {
    simulator,
    account,
    clients: () =>
      simulator.clients().map((client) => ({
        id: client.clientId,
        active: client.status === 'active',
        displayName: client.name,
        description: client.description,
        scopes: client.scopes,
        secrets: [client.secret, ...(client.nextSecret === null ? [] : [client.nextSecret])],
      })),
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) => simulator.requests({ operation: operations[name] }).length,
    addForeign: (id) => {
      simulator.act({ action: 'createClient', fields: { client_id: id } });
      return id;
    },
    removeInConsole: (id) => void simulator.act({ action: 'deleteClient', clientId: id }),
    limitPages: (size) => simulator.setSwitches({ pageSizeCap: size }),
    limitLists: (perSecond) => simulator.setSwitches({ listRateLimit: perSecond }),
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};

describe('conformance', () => {
  providerConformance(capabilities, () => start());
});

// The meaning of faults does not depend on these: once is enough.
describe('conformance, where the service may differ from its documentation', () => {
  providerConformance(
    capabilities,
    () =>
      start({
        switches: {
          createStatus: 201,
          errorStatus: {
            m2m_client_not_found: 400,
            duplicate_m2m_client_id: 409,
            m2m_client_already_rotating_secret: 409,
          },
          tokenError: {
            wrongSecret: { status: 401, error: 'unauthorized_client' },
            unknownClient: { status: 401, error: 'invalid_client' },
          },
          idleNextLastFour: 'absent',
          searchOrder: 'newest-first',
          searchTotals: 'disabled',
          deleteUnknown: 'accept',
        },
      }),
    { faults: false },
  );
});

describe('conformance behind a gateway', () => {
  providerConformance(
    capabilities,
    () =>
      start(
        { pathPrefix: '/idp/stytch', gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } },
        { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
        true,
      ),
    { faults: false },
  );
});

describe('gateway', () => {
  test('the path prefix is kept, also in the token URL', async () => {
    await using rig = await start({ pathPrefix: '/idp/stytch' });
    await create(rig);
    expect(rig.account.tokenUrl).toBe(
      `${rig.simulator.url}/v1/public/${rig.simulator.credentials.projectId}/oauth2/token`,
    );
    expect(rig.account.tokenUrl).toContain('/idp/stytch/v1/');
  });

  test('without its header it is refused', async () => {
    await using rig = await start({ gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } }, {}, true);
    expect(failure(await rig.account.get('x', call))).toMatchObject({
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
  });

  test('a gateway that guards the token endpoint says nothing of the credential', async () => {
    const header = { name: 'X-Gateway-Key', value: 'let-me-in' };
    await using rig = await start(
      { gatewayHeader: header, switches: { gatewayGuardsPublicRoutes: true } },
      {},
      true,
    );
    expect(failure(await rig.account.prove('x', { ClientSecret: new Secret('y') }, call)).reason).not.toBe(
      'CredentialRefused',
    );
  });
});

describe('import', () => {
  test('id and secret are the caller’s', async () => {
    await using rig = await start();
    const secret = new Secret('imported-9Rt2vQ7xKd0bWZ');
    const minted = value(await rig.account.create(wish(), 'legacy|id 1', secret, call));
    expect(minted).toMatchObject({ credential: { id: '0bWZ' }, client: { id: 'legacy|id 1' } });
    value(await rig.account.prove('legacy|id 1', { ClientSecret: secret }, call));
    expect(value(await rig.account.get('legacy|id 1', call))?.id).toBe('legacy|id 1');
  });

  test.each(['insecure_m2m_client_secret', 'm2m_client_invalid_client_secret'] as const)(
    'a weak secret (%s) is the spec’s fault, and nothing is made',
    async (weakSecretErrorType) => {
      await using rig = await start({ switches: { weakSecretErrorType } });
      const outcome = await rig.account.create(wish(), 'x', new Secret('short'), call);
      expect(failure(outcome)).toMatchObject({
        kind: 'rejected',
        reason: 'RejectedByProvider',
        retry: 'spec',
      });
      expect(rig.clients()).toEqual([]);
    },
  );
});

describe('trusted metadata', () => {
  const metadataOf = (rig: StytchRig): Record<string, unknown> => {
    const { 'machine-client.dev': _ours, ...rest } = rig.simulator.clients()[0]?.trustedMetadata ?? {};
    return rest;
  };
  const wanting = (customMetadata: Record<string, unknown>) => wish({ customMetadata });

  test('keys are merged, foreign ones stay, those of ours that left the spec go', async () => {
    await using rig = await start();
    const first = value(await rig.account.create(wanting({ a: 1, b: { deep: [1] } }), 'x', undefined, call));
    rig.simulator.act({
      action: 'changeClient',
      clientId: 'x',
      fields: { trusted_metadata: { theirs: true } },
    });
    const wanted = wanting({ b: { deep: [2] }, c: 'new' });
    const live = value(await rig.account.get('x', call));
    if (!live) throw new Error('gone');
    expect(rig.account.differences(wanted, live)).toEqual(['customMetadata', 'mark']);
    // What clientPolicy bounds: every key but the operator's own.
    expect(rig.account.powers?.(live).customMetadata?.toSorted()).toEqual(['a', 'b', 'theirs']);
    const updated = value(await rig.account.update(wanted, live, call));
    expect(metadataOf(rig)).toEqual({ b: { deep: [2] }, c: 'new', theirs: true });
    expect(rig.account.differences(wanted, updated)).toEqual([]);
    // And with no metadata in the spec at all, ours go and theirs stays.
    value(await rig.account.update(wish(), updated, call));
    expect(metadataOf(rig)).toEqual({ theirs: true });
    expect(first.client.mark).toEqual(mark);
  });

  test('drift of a key of ours is seen; a key of somebody else is none', async () => {
    await using rig = await start();
    value(await rig.account.create(wanting({ a: 1 }), 'x', undefined, call));
    const differences = async (fields: Record<string, unknown>) => {
      rig.simulator.act({ action: 'changeClient', clientId: 'x', fields: { trusted_metadata: fields } });
      const live = value(await rig.account.get('x', call));
      return live && rig.account.differences(wanting({ a: 1 }), live);
    };
    expect(await differences({ theirs: 1 })).toEqual([]);
    expect(await differences({ a: 2 })).toEqual(['customMetadata']);
    expect(await differences({ a: null })).toEqual(['customMetadata']);
  });

  test('a null in the spec is in sync with a key that is not there', async () => {
    await using rig = await start();
    const wanted = wanting({ a: null });
    const { client } = value(await rig.account.create(wish(), 'x', undefined, call));
    const updated = value(await rig.account.update(wanted, client, call));
    expect(rig.account.differences(wanted, updated)).toEqual([]);
  });

  test('were metadata replaced and not merged, the client would still be ours', async () => {
    await using rig = await start({ switches: { metadataSemantics: 'replace' } });
    const { client } = value(await rig.account.create(wanting({ a: 1 }), 'x', undefined, call));
    const updated = value(await rig.account.update(wanting({ a: 2 }), client, call));
    expect(updated.mark).toEqual(mark);
  });

  test('metadata that is more than 4 KB with the mark is refused, and what others wrote there counts', async () => {
    await using rig = await start();
    const noted = (length: number) => wish({ customMetadata: { notes: 'x'.repeat(length) } });
    expect(rig.account.refuse(noted(3_800))).toBeUndefined();
    const refusal = rig.account.refuse(noted(4_000));
    expect(refusal?.reason).toBe('FieldNotSupported');
    expect(refusal?.message).toMatch(/^spec\.customMetadata and the operator's mark are 4\d{3} bytes/);
    const { client } = await create(rig, { customMetadata: { notes: 'n' } });
    rig.simulator.act({
      action: 'changeClient',
      clientId: client.id,
      fields: { trusted_metadata: { theirs: 'y'.repeat(3_000) } },
    });
    const shown = value(await rig.account.get(client.id, call));
    expect(rig.account.refuse(noted(1_000))).toBeUndefined();
    expect(rig.account.refuse(noted(1_000), shown)?.message).toContain('what others have written there');
  });

  test('19 keys and ours are borne; 20 are refused before anything is sent', async () => {
    await using rig = await start();
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
    const nineteen = wanting(keys(19));
    expect(rig.account.refuse(nineteen)).toBeUndefined();
    value(await rig.account.create(nineteen, 'x', undefined, call));
    expect(rig.account.refuse(wanting(keys(20)))).toMatchObject({ reason: 'FieldNotSupported' });
  });

  test('a mark that a person typed is none', async () => {
    await using rig = await start();
    for (const [id, own] of [
      ['half', { mark: mark.short }],
      ['mismatch', { mark: makeMark('inst', 'ns', 'other').short, owner: mark.full }],
      ['text', 'inst/ns/app'],
    ] as const) {
      rig.simulator.act({
        action: 'createClient',
        fields: { client_id: id, trusted_metadata: { 'machine-client.dev': own } },
      });
      expect(value(await rig.account.get(id, call))?.mark, id).toBeUndefined();
    }
  });
});

describe('what Stytch cannot bear is refused before anything is sent', () => {
  test.each([
    [
      'an entry that it has no value for',
      { secret: { entries: [{ key: 'k', field: 'PrivateKey' }] } },
      'FieldNotSupported',
    ],
    ['our metadata key', { customMetadata: { 'machine-client.dev': 1 } }, 'MarkInUserText'],
    ['a key below it', { customMetadata: { 'machine-client.dev/x': 1 } }, 'MarkInUserText'],
    ['a mark in the name', { displayName: `x ${mark.short}` }, 'MarkInUserText'],
    ['a mark in the description', { description: mark.short }, 'MarkInUserText'],
    ['a mark in metadata', { customMetadata: { a: [{ b: mark.short }] } }, 'MarkInUserText'],
  ])('%s', async (_name, spec, reason) => {
    await using rig = await start();
    expect(rig.account.refuse(wish(spec))).toMatchObject({ reason });
  });

  test('all that it can', async () => {
    await using rig = await start();
    expect(rig.account.refuse(wish({ description: 'd', customMetadata: { a: 1 } }))).toBeUndefined();
  });
});

describe('unverified points of the service', () => {
  test('empty scopes that are refused are the spec’s fault', async () => {
    await using rig = await start({ switches: { emptyScopes: 'refuse' } });
    expect(failure(await rig.account.create(wish({ scopes: [] }), 'x', undefined, call))).toMatchObject({
      kind: 'rejected',
      retry: 'spec',
    });
  });

  test('the plan’s limit is tried again later', async () => {
    await using rig = await start({ switches: { maxClients: 1 } });
    await create(rig);
    expect(failure(await rig.account.create(wish(), 'x', undefined, call))).toMatchObject({
      reason: 'PaymentRequired',
      retry: 'later',
    });
  });

  test('an inactive client gets no token', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    value(await rig.account.update(wish({ state: 'Inactive' }), client, call));
    expect(failure(await rig.account.prove(client.id, credential.values, call)).reason).toBe(
      'CredentialRefused',
    );
  });

  test('a refused rotation is not the spec’s fault', async () => {
    await using rig = await start({ switches: { rotationWhileInactive: 'refuse' } });
    const { client } = await create(rig);
    const inactive = value(await rig.account.update(wish({ state: 'Inactive' }), client, call));
    expect(failure(await rig.account.mint(wish(), inactive, call))).toMatchObject({
      kind: 'rejected',
      retry: 'later',
    });
  });

  test('two secrets with the same last four', async () => {
    await using rig = await start({ switches: { generatedSecretSuffix: 'SAME' } });
    const { client } = await create(rig);
    const second = value(await rig.account.mint(wish(), client, call));
    expect(second.credential.id).toBe('SAME');
    expect(second.client.credentials.map(({ id }) => id)).toEqual(['SAME', 'SAME']);
  });

  test('one item of the list that cannot be read does not hide the others', async () => {
    await using rig = await start();
    rig.addForeign('a');
    rig.addForeign('b');
    expect(value(await rig.account.list(undefined, call)).clients).toHaveLength(2);
  });
});

describe('where it is', () => {
  const describeProject = (projectId: string, baseUrl?: string) =>
    stytch.describe(
      identityProviderSpec.parse({
        type: 'Stytch',
        stytch: {
          projectId,
          ...(baseUrl && { baseUrl }),
          auth: { type: 'Secret', secretKeyRef: { name: 'n', key: 'k' } },
        },
      }),
    );

  test.each([
    ['project-test-1', undefined, 'https://test.stytch.com'],
    ['project-live-1', undefined, 'https://api.stytch.com'],
    ['project-live-1', 'https://gateway/stytch', 'https://gateway/stytch'],
  ])('%s, baseUrl %s: %s', (projectId, baseUrl, expected) => {
    expect(describeProject(projectId, baseUrl)).toEqual({
      accountId: `stytch/${projectId}`,
      baseUrl: expected,
      secretKeyRef: { name: 'n', key: 'k' },
    });
  });
});
