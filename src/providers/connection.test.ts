import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Certificate, makeCertificate } from '../../test/helpers/certificate.ts';
import { certificate, privateKey } from './testing/self-signed.ts';

/** What the environment may and may not change of what is trusted: a process reads it once, when it starts. */

const serve = async ({ cert, key }: Certificate) => {
  const server = createServer({ cert, key }, (_request, response) => response.end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};

const http = join(import.meta.dirname, 'http.ts');
const script = `
  const [url, bundle] = JSON.parse(process.env.TASK);
  const { ProviderHttp } = await import(${JSON.stringify(http)});
  const { trustedWith } = await import(${JSON.stringify(join(import.meta.dirname, 'connection.ts'))});
  const { path } = await import(${JSON.stringify(join(import.meta.dirname, 'path.ts'))});
  const { systemClock } = await import(${JSON.stringify(join(import.meta.dirname, '../runtime/clock.ts'))});
  const ca = bundle === null ? undefined : trustedWith(bundle);
  const connection = { baseUrl: url, timeoutMs: 5000, headers: [], refuseLocal: false, ca };
  const http = new ProviderHttp(connection, 1, systemClock);
  const call = { signal: new AbortController().signal };
  const exchange = await http.send({ method: 'GET', path: path\`/x\` }, call);
  console.log(exchange.kind === 'answer' ? exchange.status : exchange.error.reason);
  await http.close();
`;

/** Asks from a process with this environment. */
const ask = async (
  url: string,
  bundle: string | null,
  env: Readonly<Record<string, string>>,
): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', script],
    { env: { ...process.env, ...env, TASK: JSON.stringify([url, bundle]) } },
  );
  return stdout.trim();
};

test('verification cannot be switched off by the environment', async () => {
  await using server = await serve(makeCertificate());
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  expect(await ask(server.url, null, env)).toBe('TLSFailed');
  expect(await ask(server.url, makeCertificate().cert, env)).toBe('TLSFailed');
});

test('NODE_EXTRA_CA_CERTS is in force without a caBundle and beside one', async () => {
  const own = makeCertificate();
  const folder = await mkdtemp(join(tmpdir(), 'mco-extra-ca-'));
  try {
    const file = join(folder, 'ca.crt');
    await writeFile(file, own.cert);
    const env = { NODE_EXTRA_CA_CERTS: file };
    // Of another name: two authorities of one name cannot be told apart.
    const other = { cert: certificate, key: privateKey };
    await using server = await serve(own);
    await using behindBundle = await serve(other);
    expect(await ask(server.url, null, env)).toBe('200');
    expect(await ask(server.url, other.cert, env)).toBe('200');
    expect(await ask(behindBundle.url, other.cert, env)).toBe('200');
    expect(await ask(behindBundle.url, null, env)).toBe('TLSFailed');
  } finally {
    await rm(folder, { recursive: true });
  }
});
