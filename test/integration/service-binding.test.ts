import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { dataOf, worldOf } from '../helpers/any-world.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { PlastiqUpstream } from '../helpers/upstreams/plastiq.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Joined } from '../helpers/upstreams/upstream.ts';
import type { World } from '../helpers/world.ts';

/** The duck type of https://servicebinding.io/spec/core/1.1.0/#provisioned-service, for each provider. */
interface Secret {
  readonly name: string;
  readonly type: string;
  readonly entries: readonly { readonly key: string; readonly field: string }[];
}
const text = await readFile(join(import.meta.dirname, '../../examples/service-binding.yaml'), 'utf8');
const { secret: ofExample } = (parse(text) as { readonly spec: { readonly secret: Secret } }).spec;
const classified = ofExample.entries.filter(({ field }) => field === 'Type' || field === 'Provider');

const providers: readonly {
  readonly name: string;
  readonly type: string;
  readonly start: () => Promise<Joined>;
  readonly secret?: Secret;
}[] = [
  {
    name: 'stytch',
    type: 'oauth2',
    start: () => StytchUpstream.start(),
    secret: ofExample,
  },
  { name: 'scalekit', type: 'oauth2', start: () => ScalekitUpstream.start() },
  { name: 'authress', type: 'oauth2', start: () => AuthressUpstream.start() },
  { name: 'plastiq', type: 'plastiq', start: () => PlastiqUpstream.start() },
];

/** As a controller of the specification finds it: by the status alone, in the same namespace. */
const bound = async (world: World<Joined>, name: string) => {
  const { binding } = (await world.get(name)).status ?? {};
  const secret = (binding as { readonly name: string }).name;
  return { binding, type: (await world.getSecret(secret)).type, data: await dataOf(world, secret) };
};

test.each(providers)('$name: the status names a Secret that says what it is', async (provider) => {
  const { name, type, start, secret } = provider;
  await using world = await worldOf(inject('kubeconfig'), await start());
  world.operator();
  const wanted = secret ?? { name: 'binding', type: `servicebinding.io/${type}`, entries: classified };
  await world.client('worker', { secret: wanted });
  await world.ready('worker');
  const before = await bound(world, 'worker');
  expect(before.binding).toEqual({ name: wanted.name });
  expect(before.data).toMatchObject({ type, provider: name });
  expect(Object.keys(before.data).toSorted()).toEqual(wanted.entries.map(({ key }) => key).toSorted());
  expect(before.type).toBe(`servicebinding.io/${before.data['type']}`);
  // The name of an entry is the name of a file below $SERVICE_BINDING_ROOT.
  for (const key of Object.keys(before.data)) expect(key).toMatch(/^[a-z0-9.-]{1,253}$/);

  await world.patch('worker', { spec: { secret: { name: 'moved' } } });
  await until('the status names the other Secret', async () => {
    const { status } = await world.get('worker');
    return (status?.['binding'] as { readonly name?: string } | undefined)?.name === 'moved';
  });
  expect(await bound(world, 'worker')).toEqual({ ...before, binding: { name: 'moved' } });
});

test('nothing is bound before there is a Secret', async () => {
  await using world = await worldOf(inject('kubeconfig'), await StytchUpstream.start());
  world.operator();
  world.simulator.setFaults([{ operations: ['create'], fault: 'status', status: 400 }]);
  await world.client('worker');
  const refused = await world.condition('worker', 'Ready', 'False', 'RejectedByProvider');
  expect(refused.status).not.toHaveProperty('binding');
  world.simulator.setFaults([]);
  await world.patch('worker', { spec: { displayName: 'allowed' } });
  expect((await world.ready('worker')).status?.['binding']).toEqual({ name: 'worker' });
});
