import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { call, failure, value, wish as anyWish } from '../../../test/conformance/provider-conformance.ts';
import type { UpstreamClient } from '../provider.ts';
import { connect, inOrganization, organizationId } from './testing/rig.ts';
import { type FlatAccount } from '../../../test/helpers/flat-account.ts';

/** A server that answers so to whatever is asked: what the simulator never says. */
const answering = async (
  body: unknown,
  status = 200,
): Promise<{ account: FlatAccount } & AsyncDisposable> => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const environment = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'gateway');
  return {
    account: environment.within(organizationId),
    [Symbol.asyncDispose]: async () => {
      await environment.close();
      server.close();
      await once(server, 'close');
    },
  };
};

const wish = anyWish(inOrganization);
const client = { client_id: 'm2morg_1', secrets: [{ id: 'sks_1' }] };
const present: UpstreamClient = {
  id: 'm2morg_1',
  mark: undefined,
  released: false,
  displayName: '',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [],
  specific: { customClaims: {}, expiry: undefined },
};

test.each([
  ['no secret', { client }],
  ['an empty secret', { client, plain_secret: '' }],
  ['no id of the secret', { client: { client_id: 'm2morg_1' }, plain_secret: 's' }],
  [
    'an empty id of the secret',
    { client: { client_id: 'm2morg_1', secrets: [{ id: '' }] }, plain_secret: 's' },
  ],
  ['no client', { plain_secret: 's' }],
])('a creation that answers with %s may have been done', async (_what, body) => {
  await using server = await answering(body);
  const outcome = await server.account.create(wish, undefined, undefined, call);
  expect(failure(outcome)).toMatchObject({ kind: 'unknown', reason: 'UnexpectedAnswer' });
});

test.each([
  ['no secret', { secret: { id: 'sks_2' } }],
  ['no id', { secret: {}, plain_secret: 's' }],
])('a new secret that answers with %s may have been made', async (_what, body) => {
  await using server = await answering(body);
  expect(failure(await server.account.mint(wish, present, call)).kind).toBe('unknown');
});

test('the least that must be there', async () => {
  await using server = await answering({ client, plain_secret: 'a"\n\u0000é' }, 202);
  const { client: made, credential } = value(await server.account.create(wish, undefined, undefined, call));
  expect(made).toMatchObject({ id: 'm2morg_1', credentials: [{ id: 'sks_1', suffix: undefined }] });
  expect(credential?.values.ClientSecret?.reveal()).toBe('a"\n\u0000é');
  // Without a suffix nothing says whose a value is.
  expect(server.account.identify(credential?.values ?? {}, made)).toBeUndefined();
});

test('the secrets are put in the order of their age', async () => {
  const secrets = ['11:00:00Z', '10:00:00.5Z', '10:00:00.4Z'].map((time, index) => ({
    id: `sks_${index}`,
    create_time: `2026-01-05T${time}`,
    expire_time: '0001-01-01T00:00:00Z',
    last_used_time: '0001-01-01T00:00:00Z',
  }));
  await using server = await answering({ client: { ...client, secrets } });
  const shown = value(await server.account.get('m2morg_1', call));
  expect(shown?.credentials.map(({ id }) => id)).toEqual(['sks_2', 'sks_1', 'sks_0']);
  expect(shown?.credentials[0]).toMatchObject({ expiryTime: undefined, lastUsedTime: 'never' });
});

test('one item of the list that cannot be read does not hide the others', async () => {
  await using server = await answering({ clients: [{ client_id: 7 }, client, 'x'] });
  expect(value(await server.account.list(undefined, call)).clients.map(({ id }) => id)).toEqual(['m2morg_1']);
});

test('nothing of a body gets into an error', async () => {
  const hostile = {
    code: 5,
    message: 'client not found: <script>hunter2</script>',
    details: [{ error_code: 'hunter2 with spaces', request_info: { request_id: 'hunter2\n' } }],
  };
  await using server = await answering(hostile, 404);
  const outcome = await server.account.update(wish, present, call);
  if (outcome.kind === 'ok') throw new Error('it was done');
  expect(JSON.stringify({ ...outcome.error, message: outcome.error.message })).not.toContain('hunter2');
});
