import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKubeClient, type KubeClient } from '../kube/client.ts';
import { testTransport } from '../kube/testing/test-transport.ts';
import { refuse, type Reply, type Seen, UnkindServer } from '../kube/testing/unkind-server.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { OwnTokens } from './own-tokens.ts';

/** For whom the operator asks for tokens of its own ServiceAccount, and for whom it does not. */

const itself = ['https://kubernetes.default.svc', 'cluster'];
const tokenPath = '/api/v1/namespaces/system/serviceaccounts/operator/token';
const signal = AbortSignal.timeout(60_000);
const call = { signal };

let server: UnkindServer;
let transport: ReturnType<typeof testTransport>;
let kube: KubeClient;
let username: string;
const clock = new ManualClock();

const isReview = ({ path }: Seen): boolean => path.endsWith('/selfsubjectreviews');
const isToken = ({ path }: Seen): boolean => path === tokenPath;
const says =
  (answer: (request: Seen) => object): Reply =>
  (response, request) =>
    void response.writeHead(201).end(JSON.stringify(answer(request)));
/** As the API server does: without audiences the token is for itself. */
const issue = ({ body }: Seen): object => {
  const { audiences = itself } = body['spec'] as { readonly audiences?: readonly string[] };
  const token = `token for ${audiences.join(' ')}, the ${server.count(isToken)}th`;
  return { spec: { audiences, expirationSeconds: 600 }, status: { token } };
};

beforeEach(async () => {
  server = await UnkindServer.start();
  transport = testTransport(server.url);
  kube = createKubeClient(transport.transport);
  username = 'system:serviceaccount:system:operator';
  server.always(
    isReview,
    says(() => ({ status: { userInfo: { username } } })),
  );
  server.always(isToken, says(issue));
});
afterEach(async () => {
  await transport[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const open = (...audiences: readonly string[]) => OwnTokens.open(kube, clock, audiences, signal);
const tokenOf = async (tokens: OwnTokens, audience: string): Promise<string> => {
  const outcome = await tokens.for(audience)(call);
  return outcome.kind === 'ok' ? outcome.value.reveal() : `${outcome.error.reason}: ${outcome.error.message}`;
};
const inCluster = { kind: 'ClusterIdentityProvider' } as const;

describe('the setting', () => {
  test('that is empty asks the API server nothing', async () => {
    const tokens = await open();
    expect(tokens.refuse(inCluster, 'vault')).toContain('tokenAudiences');
    expect(await tokenOf(tokens, 'vault')).toContain('TokenNotIssued');
    expect(server.requests).toEqual([]);
  });

  test.each(itself)(
    'that names %s, which the API server takes for itself, ends the start',
    async (audience) => {
      await expect(open('vault', audience)).rejects.toMatchObject({
        code: 'MCO_SETTING',
        message: expect.stringContaining(`--token-audiences names ${audience},`),
      });
    },
  );

  test('that cannot be checked ends the start', async () => {
    server.once(
      isToken,
      says(() => ({ spec: {}, status: { token: 'x' } })),
    );
    await expect(open('vault')).rejects.toMatchObject({
      code: 'MCO_SETTING',
      message: expect.stringContaining('does not say which audiences are its own'),
    });
  });

  test.each(['kubernetes-admin', 'system:node:a', 'system:serviceaccount:a', ''])(
    'ends the start of an operator that is no ServiceAccount: %s',
    async (name) => {
      username = name;
      await expect(open('vault')).rejects.toMatchObject({
        code: 'MCO_SETTING',
        message: expect.stringContaining('runs as a ServiceAccount'),
      });
      expect(server.count(isToken)).toBe(0);
    },
  );

  test('waits for the right to ask for tokens, and says which', async () => {
    server.once(isToken, refuse(403, 'Forbidden', { message: 'serviceaccounts "operator" is forbidden' }));
    await expect(open('vault')).rejects.toMatchObject({ name: 'KubeError', status: 403 });
    await open('vault');
  });
});

test('a namespaced provider object gets none, nor one whose audience is not named', async () => {
  const tokens = await open('vault', 'other');
  expect(tokens.refuse(inCluster, 'vault')).toBeUndefined();
  expect(tokens.refuse({ kind: 'IdentityProvider' }, 'vault')).toContain('use a ClusterIdentityProvider');
  for (const audience of ['Vault', 'vault,other', '', 'vault ', itself[0] ?? ''])
    expect(tokens.refuse(inCluster, audience)).toContain(`for the audience ${audience}:`);
});

test('one is kept for two thirds of its life, for each audience its own', async () => {
  const tokens = await open('vault', 'other');
  const first = await tokenOf(tokens, 'vault');
  expect(first).toContain('token for vault,');
  expect(await tokenOf(tokens, 'other')).toContain('token for other,');
  clock.advance(399_000);
  expect(await tokenOf(tokens, 'vault')).toBe(first);
  clock.advance(2_000);
  expect(await tokenOf(tokens, 'vault')).not.toBe(first);
  const asked = server.requests.filter(isToken).map(({ body }) => body['spec']);
  expect(asked).toEqual([
    { expirationSeconds: 600 },
    { expirationSeconds: 600, audiences: ['vault'] },
    { expirationSeconds: 600, audiences: ['other'] },
    { expirationSeconds: 600, audiences: ['vault'] },
  ]);
});

test('what somebody made another one of is sent nowhere', async () => {
  const tokens = await open('vault');
  const answers = [
    { spec: { audiences: ['vault', 'cluster'] }, status: { token: 'x' } },
    { spec: { audiences: ['cluster'] }, status: { token: 'x' } },
    { spec: {}, status: { token: 'x' } },
    { spec: { audiences: ['vault'] }, status: {} },
  ];
  for (const answer of answers) {
    server.once(
      isToken,
      says(() => answer),
    );
    expect(await tokenOf(tokens, 'vault')).toBe(
      'TokenNotIssued: a token for the audience vault: the API server gave one that is not for this audience alone',
    );
  }
  expect(await tokenOf(tokens, 'vault')).toContain('token for vault,');
});

test('a right that was taken away is named, and a token that is held goes on until then', async () => {
  const tokens = await open('vault');
  const held = await tokenOf(tokens, 'vault');
  server.becomeKind();
  server.always(isToken, refuse(403, 'Forbidden', { message: 'no' }));
  expect(await tokenOf(tokens, 'vault')).toBe(held);
  clock.advance(401_000);
  expect(await tokenOf(tokens, 'vault')).toMatch(
    /^TokenNotIssued: a token for the audience vault: cannot create serviceaccounts\/token "operator" in namespace "system": Forbidden \(403\)/,
  );
});
