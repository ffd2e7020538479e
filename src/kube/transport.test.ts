import { describe, expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { createKubeClient } from './client.ts';
import { isNotFound, KubeError } from './errors.ts';
import { configMaps, type KubeObject, namespaces, secrets } from './resource.ts';
import { isList, isWrite, refuse, type Seen, UnkindServer } from './testing/unkind-server.ts';
import { testTransport } from './testing/test-transport.ts';

const start = async (options: Parameters<typeof testTransport>[1] = {}) => {
  const server = await UnkindServer.start();
  const made = testTransport(server.url, options);
  return {
    server,
    ...made,
    client: createKubeClient(made.transport),
    async [Symbol.asyncDispose]() {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};
const failure = async (work: Promise<unknown>): Promise<KubeError> => {
  const error = await work.then(
    () => new Error('it went well'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KubeError)) throw error;
  return error;
};
const thing = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const a = { namespace: 'ns', name: 'a' };
const summary = ({ method, path, query, headers }: Seen) =>
  `${method} ${path}?${query.toString()} ${headers['content-type'] ?? '-'}`;

test('each verb is the request that the API server expects', async () => {
  await using world = await start();
  const { client, server } = world;
  await client.create(configMaps, 'ns', thing('a'), { dryRun: true });
  await client.create(configMaps, 'ns', thing('a'));
  await client.mergePatch(configMaps, a, { data: { x: '1' } });
  await client.mergePatch(configMaps, a, { status: {} }, { subresource: 'status', dryRun: true });
  await client.apply(configMaps, a, { data: {} }, { fieldManager: 'restarts', force: true });
  await client.replace(configMaps, a, thing('a'));
  await client.get(configMaps, a, { metadataOnly: true });
  await client.list(configMaps, { namespace: 'ns', labelSelector: 'a=b', fieldSelector: 'c=d' });
  await client.list(namespaces);
  await client.delete(configMaps, a, { uid: 'uid-101' });
  expect(server.requests.map(summary)).toMatchInlineSnapshot(`
    [
      "POST /api/v1/namespaces/ns/configmaps?fieldManager=machine-client-operator&dryRun=All application/json",
      "POST /api/v1/namespaces/ns/configmaps?fieldManager=machine-client-operator application/json",
      "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=machine-client-operator application/merge-patch+json",
      "PATCH /api/v1/namespaces/ns/configmaps/a/status?fieldManager=machine-client-operator&dryRun=All application/merge-patch+json",
      "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=restarts&force=true application/apply-patch+yaml",
      "PUT /api/v1/namespaces/ns/configmaps/a?fieldManager=machine-client-operator application/json",
      "GET /api/v1/namespaces/ns/configmaps/a? -",
      "GET /api/v1/namespaces/ns/configmaps?labelSelector=a%3Db&fieldSelector=c%3Dd&limit=500 -",
      "GET /api/v1/namespaces?limit=500 -",
      "DELETE /api/v1/namespaces/ns/configmaps/a? application/json",
    ]
  `);
  expect(server.requests[6]?.headers.accept).toContain('as=PartialObjectMetadata;');
  expect(server.requests.at(-1)?.body['preconditions']).toEqual({ uid: 'uid-101' });
  // One after the other they share a connection; a second is opened when the first is still being let go.
  expect(server.connections).toBeLessThanOrEqual(2);
});

test('deletions with preconditions share connections as all requests do', async () => {
  await using world = await start();
  const { client, server } = world;
  for (let index = 0; index < 50; index++) {
    const ref = { namespace: 'ns', name: `c-${index}` };
    const { metadata } = await client.create<KubeObject>(configMaps, 'ns', thing(ref.name));
    await client.delete(configMaps, ref, { uid: metadata.uid });
  }
  expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(50);
  expect(server.connections).toBeLessThanOrEqual(2);
});

test.each(['', '.', '..', '../secrets', '%2e%2e', 'a/', '\ud800'])(
  '%j is no name of an object',
  async (name) => {
    await using world = await start();
    const { client, server } = world;
    for (const ref of [
      { namespace: 'ns', name },
      { namespace: name, name: 'a' },
    ]) {
      await expect(client.get(configMaps, ref)).rejects.toThrow('cannot be the name of an object');
      await expect(client.delete(configMaps, ref)).rejects.toThrow('cannot be the name of an object');
    }
    expect(server.requests).toEqual([]);
  },
);

test('preconditions that do not hold are a conflict, and what is gone is not found', async () => {
  await using world = await start();
  const { client } = world;
  await client.create(configMaps, 'ns', thing('a'));
  const conflict = await failure(client.delete(configMaps, a, { uid: 'other' }));
  expect(conflict).toMatchObject({
    status: 409,
    reason: 'Conflict',
    outcome: 'rejected',
    code: 'MCO_KUBE_REJECTED',
  });
  expect(conflict.message).toBe('cannot delete configmaps "a" in namespace "ns": Conflict (409)');
  expect(await failure(client.get(configMaps, { ...a, name: 'b' }))).toMatchObject({
    status: 404,
    reason: 'NotFound',
  });
});

describe('a read', () => {
  test('is tried again after 429, 5xx and a lost connection, and waits as long as it is told', async () => {
    await using world = await start();
    const { client, server, records } = world;
    server.once(isList, refuse(429, 'TooManyRequests', { headers: { 'retry-after': '0' } }));
    server.once(isList, refuse(500, 'InternalError'));
    server.once(isList, (response) => response.socket?.resetAndDestroy());
    expect(await client.list(configMaps)).toEqual([]);
    expect(records.map((record) => record.status)).toEqual([429, 500, 0, 200]);
  });

  test('tells what time it is at the server, where it answers', async () => {
    await using world = await start();
    const { client, server, records } = world;
    const date = 'Sat, 21 Nov 2026 05:05:00 GMT';
    server.once(isList, refuse(403, 'Forbidden', { headers: { date } }));
    server.once(isList, refuse(403, 'Forbidden', { headers: { date: 'no date' } }));
    for (const _ of [1, 2]) await expect(client.list(configMaps)).rejects.toThrow('Forbidden');
    expect(records.map((record) => record.serverTime)).toEqual([Date.parse(date), undefined]);
  });

  test('is not tried for ever', async () => {
    await using world = await start();
    const { client, server } = world;
    server.always(isList, refuse(503, 'ServiceUnavailable'));
    expect(await failure(client.list(configMaps))).toMatchObject({ status: 503, outcome: 'rejected' });
    expect(server.requests.length).toBe(4);
  });

  test('is not tried again when that would change nothing, or take too long', async () => {
    await using world = await start();
    const { client, server } = world;
    server.once(isList, refuse(403, 'Forbidden'));
    server.once(isList, refuse(429, 'TooManyRequests', { headers: { 'retry-after': '3600' } }));
    expect(await failure(client.list(configMaps))).toMatchObject({ status: 403 });
    expect(await failure(client.list(configMaps))).toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(server.requests.length).toBe(2);
  });

  test('that is unauthorized is tried once more with fresh credentials', async () => {
    await using world = await start();
    const { client, server } = world;
    server.once(isList, refuse(401, 'Unauthorized'));
    await client.list(configMaps);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-0',
      'Bearer token-1',
    ]);
    server.always(isList, refuse(401, 'Unauthorized'));
    expect(await failure(client.list(configMaps))).toMatchObject({ status: 401 });
    expect(server.requests.length).toBe(4);
  });

  test('in pages begins again when the continue token has expired', async () => {
    await using world = await start();
    const { client, server } = world;
    for (let i = 0; i < 1_200; i++) server.objects.create(`/api/v1/namespaces/ns/configmaps/c${i}`, {});
    server.once((request) => isList(request) && request.query.has('continue'), refuse(410, 'Expired'));
    expect((await client.list(configMaps)).length).toBe(1_200);
    expect(server.requests.map(({ query }) => query.get('continue'))).toEqual([
      null,
      '500@1300',
      null,
      '500@1300',
      '1000@1300',
    ]);
  });
});

describe('a write', () => {
  test('is sent once, whatever happens to it', async () => {
    await using world = await start();
    const { client, server } = world;
    server.once(isWrite, refuse(429, 'TooManyRequests', { headers: { 'retry-after': '1' } }));
    server.once(isWrite, refuse(409, 'AlreadyExists'));
    server.once(isWrite, refuse(504, 'Timeout'));
    server.once(isWrite, (response) => response.socket?.resetAndDestroy());
    server.once(isWrite, (response) => response.writeHead(201).end('{"kind":'));
    const outcomes = [];
    for (let i = 0; i < 5; i++) {
      const { status, reason, outcome, retryAfterMs } = await failure(
        client.create(configMaps, 'ns', thing('a')),
      );
      outcomes.push([status, reason, outcome, retryAfterMs]);
    }
    expect(outcomes).toEqual([
      [429, 'TooManyRequests', 'rejected', 1_000],
      [409, 'AlreadyExists', 'rejected', undefined],
      [504, 'Timeout', 'unknown', undefined],
      [0, 'ConnectionLost', 'unknown', undefined],
      [0, 'BadAnswer', 'unknown', undefined],
    ]);
    expect(server.requests.length).toBe(5);
  });

  test('that changes nothing, a dry run, is never of unknown outcome', async () => {
    await using world = await start();
    const { client, server } = world;
    server.once(isWrite, (response) => response.socket?.resetAndDestroy());
    const error = await failure(client.create(configMaps, 'ns', thing('a'), { dryRun: true }));
    expect(error).toMatchObject({
      reason: 'ConnectionLost',
      outcome: 'rejected',
      code: 'MCO_KUBE_UNREACHABLE',
    });
  });

  test('to where nobody listens never left', async () => {
    const server = await UnkindServer.start();
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await using made = testTransport(url);
    const error = await failure(createKubeClient(made.transport).create(configMaps, 'ns', thing('a')));
    expect(error).toMatchObject({ status: 0, reason: 'ConnectionFailed', outcome: 'rejected' });
    expect(error.message).toBe(
      `cannot create configmaps "a" in namespace "ns": ConnectionFailed (ECONNREFUSED ${new URL(url).host})`,
    );
  });

  test('without an answer in time is of unknown outcome', async () => {
    await using world = await start({ timeouts: { callMs: 50 } });
    const { client, server } = world;
    server.once(isWrite, () => {});
    expect(await failure(client.mergePatch(configMaps, a, {}))).toMatchObject({
      reason: 'Timeout',
      outcome: 'unknown',
    });
  });

  test('that is aborted is rejected while it waits for a connection, and unknown once it has left', async () => {
    await using world = await start();
    const { client, server } = world;
    const stop = new AbortController();
    server.always(isWrite, () => {});
    const all = Array.from({ length: 30 }, () =>
      failure(client.create(configMaps, 'ns', thing('a'), { signal: stop.signal })),
    );
    while (server.requests.length < 24) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    const outcomes = (await Promise.all(all)).map(({ reason, outcome }) => `${reason} ${outcome}`);
    expect(outcomes.filter((one) => one === 'Aborted unknown').length).toBe(24);
    expect(outcomes.filter((one) => one === 'Aborted rejected').length).toBe(6);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests.length).toBe(24);
  });

  test('that could not leave in time never does', async () => {
    await using world = await start();
    const { client, server } = world;
    await client.list(configMaps);
    const late = { leaveBy: systemClock.monotonic() - 1 };
    const error = await failure(client.create(configMaps, 'ns', thing('a'), late));
    expect(error).toMatchObject({ reason: 'TooLate', outcome: 'rejected' });
    await client.create(configMaps, 'ns', thing('a'), { leaveBy: systemClock.monotonic() + 60_000 });
    expect(server.count(isWrite)).toBe(1);
  });
});

describe('what an error says', () => {
  const RBAC =
    'secrets is forbidden: User "system:serviceaccount:x:y" cannot create resource "secrets" in API group ""';

  test('of a missing permission: which one', async () => {
    await using world = await start();
    world.server.once(isWrite, refuse(403, 'Forbidden', { message: RBAC }));
    const error = await failure(world.client.create(secrets, 'ns', thing('x')));
    expect(error.message).toBe(
      'cannot create secrets "x" in namespace "ns": Forbidden (403); the operator needs RBAC verb "create" on resource "secrets" in API group ""',
    );
    expect(error.rbacDenied).toBe(true);
  });

  test('of a quota: the words of the API server, beside the message', async () => {
    await using world = await start();
    world.server.once(
      isWrite,
      refuse(403, 'Forbidden', { message: 'secrets "x" is forbidden: exceeded quota: q' }),
    );
    const error = await failure(world.client.create(secrets, 'ns', thing('x')));
    expect(error).toMatchObject({
      rbacDenied: false,
      apiMessage: 'secrets "x" is forbidden: exceeded quota: q',
    });
    expect(error.message).toBe('cannot create secrets "x" in namespace "ns": Forbidden (403)');
  });

  test('of an invalid Secret: the fields, and nothing of their values', async () => {
    await using world = await start();
    const invalid = refuse(422, 'Invalid', {
      message: 'Secret "x" is invalid: data[a]: Invalid value: "hunter2"',
      details: {
        causes: [{ reason: 'FieldValueInvalid', field: 'data[a]', message: 'Invalid value: "hunter2"' }],
      },
    });
    world.server.once(isWrite, invalid);
    world.server.once(isWrite, invalid);
    const error = await failure(world.client.create(secrets, 'ns', thing('x')));
    expect(error.causes).toEqual([{ field: 'data[a]', reason: 'FieldValueInvalid' }]);
    expect(error.apiMessage).toBeUndefined();
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2');
    expect((await failure(world.client.create(configMaps, 'ns', thing('x')))).apiMessage).toContain(
      'is invalid',
    );
  });

  test('of a 404 that is not of the API server: not that the object is gone', async () => {
    await using world = await start();
    world.server.once(isList, (response) => response.writeHead(404).end('404 page not found'));
    const error = await failure(world.client.get(secrets, a));
    expect([error.status, error.reason, isNotFound(error)]).toEqual([404, 'NotRecognised', false]);
    expect(isNotFound(await failure(world.client.get(secrets, a)))).toBe(true);
  });

  test('of an answer that is not from an API server: nothing of it', async () => {
    await using world = await start();
    world.server.once(isWrite, (response) => response.writeHead(403).end('<html>hunter2</html>'));
    world.server.once(isWrite, (response) =>
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
    );
    const forbidden = await failure(world.client.create(configMaps, 'ns', thing('x')));
    expect(forbidden).toMatchObject({ status: 403, reason: 'NotRecognised', apiMessage: undefined });
    expect(await failure(world.client.create(configMaps, 'ns', thing('x')))).toMatchObject({ status: 302 });
  });
});

test('a path prefix of the server is kept', async () => {
  await using server = await UnkindServer.start();
  await using made = testTransport(new URL('/clusters/c-1/', server.url));
  await createKubeClient(made.transport)
    .list(configMaps)
    .catch(() => {});
  expect(server.requests[0]?.path).toBe('/clusters/c-1/api/v1/configmaps');
});

test('a watch that cannot be opened has failed; it was not aborted', async () => {
  await using world = await start();
  await world.server[Symbol.asyncDispose]();
  const path = '/api/v1/secrets?watch=true';
  const opening = world.transport.stream(
    { attempt: { verb: 'watch', resource: secrets }, method: 'GET', path },
    'watch',
  );
  expect(await failure(opening)).toMatchObject({ reason: 'ConnectionFailed', outcome: 'rejected' });
});

test('of a page that is too large for its time the next try asks for half of what has come', async () => {
  await using world = await start({ timeouts: { callMs: 300 } });
  const { client, server } = world;
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names)
    server.objects.create(`/api/v1/namespaces/ns/configmaps/${name}`, { kind: 'ConfigMap', data: {} });
  const begin = names.slice(0, 4).map((name) => JSON.stringify(thing(name)));
  server.once(isList, (response) =>
    response.writeHead(200).write(`{"metadata":{"resourceVersion":"1"},"items":[${begin.join(',')}`),
  );
  const listed = await client.list<{ metadata: { name: string } }>(configMaps, { namespace: 'ns' });
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(server.requests.map(({ query }) => query.get('limit'))).toEqual(['500', '2', '2', '2']);
});
