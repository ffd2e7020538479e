import { beforeAll, describe, expect, test } from 'vitest';
import { readCrds } from '../../../helpers/install-crds.ts';
import type { ApiWatch, Change, CustomResourceDefinition } from './api.ts';
import { MemoryApiServer } from './server.ts';

/**
 * What a real API server has no switch for. All that it does have is held against one in
 * test/integration/api-behaviours.
 */

const SECRETS = '/api/v1/namespaces/default/secrets';
const CLIENTS = '/apis/machine-client.dev/v1beta1/namespaces/default/machineclients';
const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

let crds: readonly CustomResourceDefinition[];
beforeAll(async () => {
  crds = await readCrds();
});

const makeServer = (seed = 1): MemoryApiServer => {
  let state = seed;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return new MemoryApiServer({ now: () => Date.UTC(2026, 0, 1), random, crds });
};

const call = (server: MemoryApiServer, method: string, path: string, body?: object) => {
  const answer = server.handle({
    method,
    path,
    headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!('body' in answer)) throw new Error(`${path} is a watch`);
  return { status: answer.status, body: JSON.parse(answer.body) };
};

const watch = (server: MemoryApiServer, path: string): ApiWatch => {
  const answer = server.handle({ method: 'GET', path, headers: {}, body: undefined });
  if ('body' in answer) throw new Error(answer.body);
  return answer;
};

const rest = (one: ApiWatch): string[] => {
  const told: string[] = [];
  for (let line = one.next(); line !== undefined; line = one.next()) {
    const { type, object } = JSON.parse(line);
    told.push(`${type} ${object.metadata.name ?? object.reason ?? object.metadata.resourceVersion}`);
  }
  return told;
};

const makeSecret = (server: MemoryApiServer, name: string): void => {
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { a: 'b' } };
  expect(call(server, 'POST', SECRETS, body).status).toBe(201);
};

const makeClient = (server: MemoryApiServer, name: string, finalizers: string[] = []): void => {
  const body = {
    apiVersion: 'machine-client.dev/v1beta1',
    kind: 'MachineClient',
    metadata: { name, finalizers },
    spec: { providerRef: { name: 'stytch' } },
  };
  expect(call(server, 'POST', CLIENTS, body).status).toBe(201);
};

describe('what etcd holds', () => {
  test('is read by resource and name, in order, frozen', () => {
    const server = makeServer();
    for (const name of ['b', 'a']) makeSecret(server, name);
    expect(server.objects('secrets').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    const one = server.get('secrets', 'default', 'a');
    expect(one?.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z');
    expect(Object.isFrozen(one?.metadata)).toBe(true);
    expect(server.get('namespaces', undefined, 'kube-system')).toBeDefined();
    expect(server.get('secrets', 'default', 'none')).toBeUndefined();
  });

  test('is the same for the same requests and numbers', () => {
    const [one, other] = [makeServer(7), makeServer(7)];
    for (const server of [one, other]) makeClient(server, 'a');
    expect(one.objects('machineclients')).toEqual(other.objects('machineclients'));
    makeSecret(one, 'b');
    expect(one.revision).toBe(other.revision + 1);
  });

  test('tells of each committed write, and of nothing else', () => {
    const server = makeServer();
    const changes: Change[] = [];
    server.onChange = (change) => changes.push(change);
    makeSecret(server, 'a');
    const labels = { metadata: { labels: { a: 'b' } } };
    call(server, 'PATCH', `${SECRETS}/a?dryRun=All`, labels);
    call(server, 'PATCH', `${SECRETS}/a`, labels);
    call(server, 'PATCH', `${SECRETS}/a`, labels);
    call(server, 'DELETE', `${SECRETS}/a`);
    expect(changes.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
      'ADDED secrets',
      'MODIFIED secrets',
      'DELETED secrets',
    ]);
    expect(changes[1]?.previous).toBe(changes[0]?.object);
    expect(changes[1]?.object.metadata.labels).toEqual({ a: 'b' });
  });
});

describe('watches', () => {
  test('say when something has come, and end when the server says so', () => {
    const server = makeServer();
    const open = watch(server, `${SECRETS}?watch=true&timeoutSeconds=300`);
    let calls = 0;
    open.onPending = () => calls++;
    makeSecret(server, 'a');
    server.endWatches();
    expect(calls).toBe(2);
    makeSecret(server, 'b');
    expect([open.ended, open.timeoutSeconds, open.resource]).toEqual([true, 300, 'secrets']);
    expect(rest(open)).toEqual(['ADDED a']);
  });

  test('that are closed are told nothing more', () => {
    const server = makeServer();
    const open = watch(server, `${SECRETS}?watch=true`);
    makeSecret(server, 'a');
    open.close();
    makeSecret(server, 'b');
    expect(rest(open)).toEqual([]);
  });

  test('that allow bookmarks are told of changes elsewhere', () => {
    const server = makeServer();
    const [told, untold] = [`${SECRETS}?watch=true&allowWatchBookmarks=true`, `${SECRETS}?watch=true`].map(
      (path) => watch(server, path),
    );
    makeClient(server, 'a');
    server.bookmark();
    expect(told && rest(told)).toEqual([`BOOKMARK ${server.revision}`]);
    expect(untold && rest(untold)).toEqual([]);
  });
});

describe('a compaction', () => {
  test('leaves open watches alone; a watch from before it is told 410, and from then on it goes on', () => {
    const server = makeServer();
    const before = server.revision;
    const open = watch(server, `${SECRETS}?watch=true&resourceVersion=${before}`);
    makeSecret(server, 'a');
    server.compact();
    expect(rest(open)).toEqual(['ADDED a']);
    const late = watch(server, `${SECRETS}?watch=true&resourceVersion=${before}`);
    expect([rest(late), late.ended]).toEqual([['ERROR Expired'], true]);
    const now = watch(server, `${SECRETS}?watch=true&resourceVersion=${server.revision}`);
    makeSecret(server, 'b');
    expect(rest(now)).toEqual(['ADDED b']);
  });

  test('makes continue tokens and old versions of lists expire', () => {
    const server = makeServer();
    for (const name of ['a', 'b', 'c']) makeSecret(server, name);
    const then = server.revision;
    const token = call(server, 'GET', `${SECRETS}?limit=2`).body.metadata.continue;
    makeSecret(server, 'd');
    server.compact();
    for (const query of [`limit=2&continue=${token}`, `resourceVersion=${then}&resourceVersionMatch=Exact`]) {
      const { status, body } = call(server, 'GET', `${SECRETS}?${query}`);
      expect([status, body.reason]).toEqual([410, 'Expired']);
    }
  });
});

describe('etcd restored', () => {
  test('brings back what was deleted, forgets what was made, and takes versions back', () => {
    const server = makeServer();
    makeSecret(server, 'kept');
    const snapshot = server.snapshot();
    const open = watch(server, `${SECRETS}?watch=true`);
    call(server, 'DELETE', `${SECRETS}/kept`);
    makeSecret(server, 'made');
    const future = server.revision;
    server.restore(snapshot);
    expect(server.revision).toBe(snapshot.revision);
    expect(open.ended).toBe(true);
    expect(server.objects('secrets').map(({ metadata }) => metadata.name)).toEqual(['kept']);
    // Who goes on from the lost future hears nothing until the versions are there again.
    const lost = watch(server, `${SECRETS}?watch=true&allowWatchBookmarks=true&resourceVersion=${future}`);
    makeSecret(server, 'again');
    server.bookmark();
    expect(rest(lost)).toEqual([]);
    const initial = watch(server, `${SECRETS}?watch=true&${INITIAL}&resourceVersion=${future}`);
    expect(rest(initial)).toEqual(['ERROR Timeout']);
  });

  test('may be done any number of times', () => {
    const server = makeServer();
    const snapshot = server.snapshot();
    for (const name of ['a', 'b']) {
      makeSecret(server, name);
      server.restore(snapshot);
      expect(server.objects('secrets')).toEqual([]);
    }
  });
});

test('a namespace that is deleted goes step by step, and waits for finalizers', () => {
  const server = makeServer();
  const path = '/api/v1/namespaces/going';
  const metadata = { name: 'going' };
  call(server, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  const inside = (at: string): string => at.replace('/default/', '/going/');
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', finalizers: ['tests.dev/hold'] } };
  call(server, 'POST', inside(SECRETS), body);
  expect(server.tick()).toBe(false);
  call(server, 'DELETE', path);
  expect(server.tick()).toBe(true);
  expect(server.get('secrets', 'going', 'a')?.metadata.deletionTimestamp).toBeDefined();
  expect(server.tick()).toBe(false);
  call(server, 'PATCH', `${inside(SECRETS)}/a`, { metadata: { finalizers: null } });
  expect(server.tick()).toBe(true);
  expect(call(server, 'GET', path).status).toBe(404);
});

test('a limit is lifted again', () => {
  const server = makeServer();
  server.limit('default', 'secrets', 0);
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } };
  expect(call(server, 'POST', SECRETS, body).status).toBe(403);
  server.limit('default', 'secrets', undefined);
  expect(call(server, 'POST', SECRETS, body).status).toBe(201);
});
