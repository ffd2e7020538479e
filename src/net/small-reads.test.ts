import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { expect, test } from 'vitest';
import { inSmallReads } from './small-reads.ts';

/** A connection to somebody who has sent so many bytes. */
const connected = async (bytes: number) => {
  const server = createServer((socket) => socket.on('error', () => {}).end(Buffer.alloc(bytes, 'x')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const connect = inSmallReads(buildConnector({}));
  connect(
    { hostname: '127.0.0.1', host: '127.0.0.1', port: String(port), protocol: 'http:' },
    (...[error, socket]) => {
      if (error) reject(error);
      else resolve(socket);
    },
  );
  const socket = await promise;
  return {
    socket,
    read: () => socket.read() as Buffer | null,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
};

test('all that was sent is read, and little of it at a time', async () => {
  const bytes = 100_000;
  await using world = await connected(bytes);
  const pieces: number[] = [];
  world.socket.on('readable', () => {
    for (let piece = world.read(); piece !== null; piece = world.read()) pieces.push(piece.length);
  });
  await once(world.socket, 'end');
  expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(bytes);
  expect(Math.max(...pieces)).toBe(4_096);
});

test('nothing is read any more of a connection that was destroyed, though it has come', async () => {
  await using world = await connected(100_000);
  await once(world.socket, 'readable');
  expect(world.read()?.length).toBe(4_096);
  expect(world.socket.readableLength).toBeGreaterThan(0);
  world.socket.destroy();
  expect(world.read()).toBe(null);
});

test('what cannot be connected to is an error, as without it', async () => {
  const connect = inSmallReads(buildConnector({}));
  const failure = await new Promise((resolve) => {
    connect({ hostname: '127.0.0.1', host: '127.0.0.1', port: '1', protocol: 'http:' }, (...[error]) =>
      resolve(error),
    );
  });
  expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
});
