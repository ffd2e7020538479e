import { events as eventResource, secrets, type KubeObject } from '../../src/kube/resource.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import type { Joined, TrueClient, Upstream } from './upstreams/upstream.ts';
import type { World } from './world.ts';

/**
 * The invariants of docs/protocol.md, asked of the real API server and the simulator. Each returns what violates it,
 * in words; nothing when it holds.
 */

/** The upstream clients that bear the mark of this MachineClient. */
export const clientsOf = ({ upstream, namespace }: World<Upstream>, name: string): readonly TrueClient[] =>
  upstream.clients().filter(({ owner }) => owner === `${namespace}/${namespace}/${name}`);

/** I1: exactly one upstream client bears the mark of a living MachineClient, none that of a deleted one. */
export const oneClient = async (world: World<Upstream>, name: string): Promise<string[]> => {
  const expected = (await world.isGone(name)) ? 0 : 1;
  const found = clientsOf(world, name).length;
  return found === expected ? [] : [`I1: ${name} has ${found} clients, not ${expected}`];
};

/** I2: the Secret holds a credential that upstream accepts. */
export const noLostSecret = async (world: World<Upstream>, name: string): Promise<string[]> =>
  (await world.isGone(name)) || (await world.works(name)) ? [] : [`I2: the Secret of ${name} does not work`];

/** I5: nothing that we minted and do not use is left. */
export const noOrphans = async (world: World<Upstream>, name: string): Promise<string[]> => {
  if (await world.isGone(name)) return [];
  const { clientSecret } = await world.credential(name);
  return clientsOf(world, name).flatMap(({ credentials: [first, ...more] }) => [
    ...(more.length === 0 ? [] : [`I5: a rotation of ${name} is still open`]),
    ...(first?.value === clientSecret
      ? []
      : [`I5: the current credential of ${name} is not the published one`]),
  ]);
};

/** I6: every secret ever issued, plain and in base64, in everything that was emitted. */
export const noLeak = async (world: World<Joined>): Promise<string[]> => {
  const { upstream } = world;
  const issued = upstream.hidden?.() ?? upstream.issuedSecrets().map(({ value }) => value);
  const needles = [
    ...issued,
    ...issued.map((value) => Buffer.from(value).toString('base64').replace(/=+$/, '')),
  ];
  const emitted: [string, string][] = world.operators.map((operator, index) => [
    `output of operator ${index}`,
    operator.output.join('\n'),
  ]);
  const { namespace } = world;
  for (const resource of [machineClients, identityProviders, eventResource])
    for (const object of await world.kube.list<KubeObject>(resource, { namespace }))
      emitted.push([`${resource.kind} ${object.metadata.name}`, JSON.stringify(object)]);
  for (const { metadata } of await world.kube.list<KubeObject>(secrets, { namespace }))
    emitted.push([
      `metadata of Secret ${metadata.name}`,
      JSON.stringify({ labels: metadata.labels, annotations: metadata.annotations }),
    ]);
  return emitted.flatMap(([where, text]) =>
    needles.some((needle) => text.includes(needle)) ? [`I6: a secret is in the ${where}`] : [],
  );
};

/** I7: what is not marked ours is as it was. */
export class Strangers {
  readonly #world: World<Upstream>;
  readonly #clientId: string;
  readonly #clientBefore: string;
  readonly #secretBefore: string;

  constructor(world: World<Upstream>, clientId: string, clientBefore: string, secretBefore: string) {
    this.#world = world;
    this.#clientId = clientId;
    this.#clientBefore = clientBefore;
    this.#secretBefore = secretBefore;
  }

  static async make(world: World<Upstream>): Promise<Strangers> {
    const { clientId } = await world.upstream.createForeign('stranger');
    await world.secret('stranger', { password: 'not ours' });
    return new Strangers(
      world,
      clientId,
      Strangers.#client(world, clientId),
      JSON.stringify(await world.getSecret('stranger')),
    );
  }

  static #client(world: World<Upstream>, id: string): string {
    return JSON.stringify(world.upstream.clients().find(({ clientId }) => clientId === id));
  }

  async violations(): Promise<string[]> {
    return [
      ...(Strangers.#client(this.#world, this.#clientId) === this.#clientBefore
        ? []
        : ['I7: a client that is not ours was changed']),
      ...(JSON.stringify(await this.#world.getSecret('stranger')) === this.#secretBefore
        ? []
        : ['I7: a Secret that is not ours was changed']),
    ];
  }
}
