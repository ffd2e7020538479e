import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ownValue } from '../runtime/own.ts';

export interface Served extends AsyncDisposable {
  readonly port: number;
}

type Handler = () => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

/** A few GET routes on `HOST:PORT`. */
export const serve = async (address: string, routes: Readonly<Record<string, Handler>>): Promise<Served> => {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, separator).replace(/^\[|\]$/g, '');
  const server = createServer((request, response) => {
    const handler = ownValue(routes, (request.url ?? '').split('?')[0] ?? '');
    const answer =
      handler && request.method === 'GET'
        ? handler()
        : Promise.resolve({ status: 404, type: 'text/plain', body: 'not found\n' });
    answer.then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(separator + 1)), host === '' ? undefined : host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
