import { describe, expect, test } from 'vitest';
import { identityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { ProviderHttp } from '../../src/providers/http.ts';
import { path } from '../../src/providers/path.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/runtime/secret.ts';
import { connectTo, providersUnderTest } from './accounts.ts';
import { hostileHeaders } from './headers.ts';
import { pageAnswer, serveSockets } from './socket-server.ts';

/** Every entry of headers.ts: by the schema, and on the requests of every provider. */

const call = { signal: new AbortController().signal };
const linesOf = (head: string, name: string): string[] =>
  head
    .split('\r\n')
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
const accepts = (headers: readonly { readonly name: string; readonly value: string }[], type = 'Gateway') =>
  identityProviderSpec.safeParse({
    type: 'Stytch',
    stytch: {
      projectId: 'project-test-1',
      auth: type === 'Secret' ? { type, secretKeyRef: { name: 'n', key: 'k' } } : { type },
    },
    connection: { headers },
  }).success;

test.each(hostileHeaders)('$name: $ends', async ({ header, ends }) => {
  expect(accepts([header])).toBe(ends !== 'refused');
  for (const provider of providersUnderTest) {
    await using server = await serveSockets((socket) => socket.write(pageAnswer('{}')));
    const headers = [{ name: header.name, value: new Secret(header.value) }];
    const account = connectTo(provider, server.url, { headers });
    for (const { run } of provider.calls) await run(account, call);
    if (ends === 'refused') expect(server.heads).toEqual([]);
    else {
      expect(server.heads).toHaveLength(provider.calls.length);
      for (const head of server.heads) expect(linesOf(head, header.name)).toEqual([header.value]);
    }
    await account.close();
  }
});

const authorization = { name: 'AUTHORIZATION', value: new Secret('Basic eDp5') };
const nameless = { name: 'Authorization', value: 'Basic eDp5' };

describe('Authorization', () => {
  test('beside a login of ours is refused by the schema, in any case of letters', () => {
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      expect(accepts([{ ...nameless, name }], 'Secret')).toBe(false);
      expect(accepts([{ ...nameless, name }], 'Gateway')).toBe(true);
    }
  });

  test('beside a login of ours does not leave', async () => {
    await using server = await serveSockets((socket) => socket.write(pageAnswer('{}')));
    const connection = {
      baseUrl: server.url,
      timeoutMs: 5_000,
      headers: [authorization],
      refuseLocal: false,
    };
    const http = new ProviderHttp(connection, 1, systemClock);
    const headers = { authorization: 'Bearer ours' };
    const exchange = await http.send({ method: 'GET', path: path`/x`, headers, management: true }, call);
    expect(exchange).toMatchObject({ kind: 'failure', left: false, error: { withheld: true } });
    expect(server.heads).toEqual([]);
    await http.close();
  });

  test.each(providersUnderTest)('of $type goes to a gateway, and never with a proof', async (provider) => {
    await using server = await serveSockets((socket) => socket.write(pageAnswer('{}')));
    const account = connectTo(provider, server.url, { headers: [authorization] });
    for (const { name, run } of provider.calls) {
      const before = server.heads.length;
      await run(account, call);
      for (const head of server.heads.slice(before))
        expect(linesOf(head, 'authorization')).toEqual(name === 'prove' ? [] : ['Basic eDp5']);
    }
    await account.close();
  });
});

test('the same header under two spellings is refused', () => {
  expect(
    accepts([
      { name: 'X-Key', value: 'a' },
      { name: 'x-key', value: 'b' },
    ]),
  ).toBe(false);
});
