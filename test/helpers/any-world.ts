import { until } from './until.ts';
import type { Joined, TrueClient, Upstream } from './upstreams/upstream.ts';
import { type MachineClientWire, World } from './world.ts';

/** What tests of every provider do. */

/**
 * Sweeps come by themselves, one and a half seconds apart, and a request has a second. (Timeouts are divided by the time
 * scale too.)
 */
export const quickFlags = ['--time-scale=40'];
export const quickSweeps = { resyncInterval: '1m', connection: { timeout: '40s' } };

/** With a provider object of this spec, and an operator with these flags. */
export const worldOf = async <U extends Joined>(
  kubeconfig: string,
  upstream: U,
  spec: Record<string, unknown> = {},
  flags: readonly string[] = [],
): Promise<World<U>> => {
  const world = await World.over(kubeconfig, upstream);
  world.operator(flags);
  await world.provider(spec);
  return world;
};

/** Annotations of the operator's domain; null takes one off. */
export const annotateAny = (
  world: World<Joined>,
  name: string,
  own: Readonly<Record<string, string | null>>,
): Promise<MachineClientWire> =>
  world.patch(name, {
    metadata: {
      annotations: Object.fromEntries(
        Object.entries(own).map(([key, value]) => [`machine-client.dev/${key}`, value]),
      ),
    },
  });

/** A look at the provider, and not at what the last sweep showed; answered when this returns. */
export const looked = async (world: World<Joined>, name: string): Promise<MachineClientWire> => {
  const token = `look-${performance.now()}`;
  await annotateAny(world, name, { 'reconcile-requested': token });
  return await until(`${name} was looked at`, async () => {
    const object = await world.get(name);
    return object.status?.['lastHandledReconcileRequest'] === token && object;
  });
};

/** What is in the Secret, decoded, by its keys. */
export const dataOf = async (world: World<Joined>, name: string): Promise<Record<string, string>> => {
  const { data = {} } = await world.getSecret(name);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
};

/** The one client that bears the mark of this object, as the provider itself knows it. */
export const ownClient = (world: World<Upstream>, name: string): TrueClient => {
  const full = `${world.namespace}/${world.namespace}/${name}`;
  const [client, ...others] = world.upstream.clients().filter(({ owner }) => owner === full);
  if (!client || others.length > 0)
    throw new Error(`${name} has ${others.length + (client ? 1 : 0)} clients`);
  return client;
};

/** Waits until the Secret is at this version and the client has no credential but the published one. */
export const rotatedTo = (world: World<Upstream>, name: string, version: number): Promise<unknown> =>
  until(
    `${name} is at version ${version}, and what came before is gone`,
    async () => {
      const { status } = await world.get(name);
      const credentials = status?.['credentials'] as readonly { readonly state: string }[] | undefined;
      return status?.secretVersion === version && credentials?.length === 1;
    },
    { explain: async () => JSON.stringify((await world.get(name)).status, undefined, 1) },
  );

export const isDeleted = (world: World<Joined>, name: string): Promise<unknown> =>
  until(`${name} is gone`, () => world.isGone(name), {
    explain: async () => JSON.stringify((await world.get(name)).status, undefined, 1),
  });
