import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { digestOf, parseReference, RegistryError } from './image-digest.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const index = 'application/vnd.oci.image.index.v1+json';

const listening = async (listener: RequestListener) => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** A registry as that of Docker is: it wants a token, which it gives to anybody who asks for the repository. */
const registry = async (manifest: Readonly<Record<string, string>>) => {
  const seen: string[] = [];
  const server = await listening((request, response) => {
    const { method, url = '', headers } = request;
    seen.push(`${method} ${url}`);
    if (url.startsWith('/token')) response.end('{"token":"t1"}');
    else if (headers.authorization !== 'Bearer t1') {
      const said = `Bearer realm="http://${headers.host}/token",service="s",scope="repository:library/node:pull"`;
      response.writeHead(401, { 'www-authenticate': said }).end();
    } else if (headers.accept?.includes(index)) response.writeHead(200, manifest).end();
    else response.writeHead(406).end();
  });
  return { ...server, seen };
};

const ask = (origin: string): Promise<string> =>
  digestOf('node:24.21.0-bookworm-slim', { fetch, originOf: () => origin });

test('the digest of a tag is asked for as anybody may, with a token of the service that the registry names', async () => {
  await using world = await registry({ 'content-type': index, 'docker-content-digest': digest });
  expect(await ask(world.origin)).toBe(digest);
  const manifest = 'HEAD /v2/library/node/manifests/24.21.0-bookworm-slim';
  const token = 'GET /token?service=s&scope=repository%3Alibrary%2Fnode%3Apull';
  expect(world.seen).toEqual([manifest, token, manifest]);
});

test.each<[string, Record<string, string>, string]>([
  [
    'an image of one architecture',
    { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    'no index',
  ],
  ['no digest', { 'content-type': index }, 'says no digest'],
  [
    'what is no digest',
    { 'content-type': index, 'docker-content-digest': 'sha256:abc RUN curl' },
    'says no digest',
  ],
])('%s is refused', async (_, manifest, why) => {
  await using world = await registry(manifest);
  await expect(ask(world.origin)).rejects.toThrow(why);
});

test.each<[string, RequestListener, string]>([
  ['refuses', (_, response) => void response.writeHead(403).end(), 'answers 403'],
  [
    'names no service of tokens',
    (_, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    'answers 401',
  ],
  ['breaks the connection', (request) => void request.socket.destroy(), 'does not answer'],
])('a registry that %s is named', async (_, listener, why) => {
  await using world = await listening(listener);
  const failure = ask(world.origin);
  await expect(failure).rejects.toBeInstanceOf(RegistryError);
  await expect(failure).rejects.toThrow(why);
});

test.each([
  ['node:24.21.0-bookworm-slim', 'registry-1.docker.io', 'library/node', '24.21.0-bookworm-slim'],
  ['grafana/grafana', 'registry-1.docker.io', 'grafana/grafana', 'latest'],
  ['gcr.io/distroless/nodejs24-debian12:nonroot', 'gcr.io', 'distroless/nodejs24-debian12', 'nonroot'],
  ['localhost:5000/a/b:c', 'localhost:5000', 'a/b', 'c'],
])('%s is at its registry', (image, at, repository, tag) => {
  expect(parseReference(image)).toEqual({ registry: at, repository, tag });
});
