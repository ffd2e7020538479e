import type { StytchClientState } from '../simulators/stytch/state.ts';
import { until } from './until.ts';
import { ownerOf } from './upstreams/stytch.ts';
import type { World } from './world.ts';

/** The upstream clients that bear the mark of this MachineClient. */
export const clientsOf = (world: World, name: string): readonly StytchClientState[] =>
  world.simulator
    .clients()
    .filter(
      ({ trustedMetadata }) => ownerOf(trustedMetadata) === `${world.namespace}/${world.namespace}/${name}`,
    );

/** The one upstream client of this MachineClient. */
export const clientOf = (world: World, name: string): StytchClientState => {
  const [client, ...others] = clientsOf(world, name);
  if (!client || others.length > 0)
    throw new Error(`${name} has ${others.length + (client ? 1 : 0)} clients`);
  return client;
};

/** All secrets that were ever issued for the client, in the order of issue. */
export const issuedTo = (world: World, clientId: string) =>
  world.simulator.issuedSecrets().filter((secret) => secret.clientId === clientId);

/**
 * Waits until the Secret holds another credential than `former`, published and accepted, and everything that came
 * before it is retired.
 */
export const replaced = (world: World, name: string, former: string, secretName = name): Promise<void> =>
  until(
    `${secretName} holds a new credential, and the old one is retired`,
    async () => {
      const { clientSecret } = await world.credential(secretName);
      const { secret, nextSecret } = clientOf(world, name);
      return clientSecret !== former && clientSecret === secret && nextSecret === null;
    },
    {
      timeoutMs: 30_000,
      explain: async () =>
        JSON.stringify({ status: (await world.get(name)).status, client: clientOf(world, name) }),
    },
  ).then(() => {});
