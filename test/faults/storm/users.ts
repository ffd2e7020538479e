import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../../src/api/group.ts';
import { secrets } from '../../../src/kube/resource.ts';
import { clientsOf } from '../../helpers/invariants.ts';
import type { Diary } from './diary.ts';
import type { Dice } from './dice.ts';
import type { Place, StormWorld } from './place.ts';

/** In the spec's time; the operator divides it as it does all waits. */
export const OVERLAP_SECONDS = 40;

const MOST_OBJECTS = 30;
const CONFIRM_EVERY_MS = 2_000;

/** What people have done to an object that ends the promises made to it. */
export class Deeds {
  readonly names = new Set<string>();
  /** Up to this version of the Secret, somebody broke or took away what it held. */
  readonly #brokenUpTo = new Map<string, number>();
  readonly #deletedClients = new Set<string>();
  readonly #broken = new Set<string>();

  broke(name: string, version: number): void {
    this.#broken.add(name);
    this.#brokenUpTo.set(name, Math.max(version, this.#brokenUpTo.get(name) ?? 0));
  }

  /** Also what is published for it afterwards: the secret was on its way to the Secret already. */
  deletedClient(name: string, clientId: string): void {
    this.#broken.add(name);
    this.#deletedClients.add(clientId);
  }

  /** Names of which something was broken or taken away at some time. */
  get broken(): number {
    return this.#broken.size;
  }

  isBroken(name: string, version: number, clientId: string): boolean {
    return version <= (this.#brokenUpTo.get(name) ?? 0) || this.#deletedClients.has(clientId);
  }
}

interface People {
  readonly world: StormWorld;
  readonly place: Place;
  readonly dice: Dice;
  readonly diary: Diary;
  readonly deeds: Deeds;
  readonly signal: AbortSignal;
}
type Act = (people: People, name: string) => Promise<void>;

const patch =
  (what: string, body: (people: People) => object): Act =>
  async (people, name) => {
    people.diary.note(name, `a person: ${what}`);
    await people.world.patch(name, body(people));
  };

const rotate = patch('asks for a rotation', ({ dice }) => ({
  metadata: { annotations: { [annotations.rotateRequested]: String(dice.between(0, 1e9)) } },
}));
const edit = patch('changes the client', ({ dice, place }) => ({
  spec: Object.fromEntries(Object.entries(place.edits).map(([field, values]) => [field, dice.pick(values)])),
}));
const suspend = patch('suspends', () => ({ spec: { suspend: true } }));
const resume = patch('ends the suspension', () => ({ spec: { suspend: false } }));
const inactive = patch('sets state Inactive', () => ({ spec: { state: 'Inactive' } }));
const active = patch('sets state Active', () => ({ spec: { state: 'Active' } }));
const relabel = patch("labels the Secret's template", ({ dice }) => ({
  spec: { secret: { labels: { color: dice.pick(['red', 'green', 'blue']) } } },
}));

const remove: Act = async ({ world, diary }, name) => {
  diary.note(name, 'a person: deletes it');
  await world.delete(name);
};

/** The one that was read, and no later one: what its version promises is what ends. */
const deleteSecret: Act = async (people, name) => {
  const { metadata } = await people.world.getSecret(name);
  people.deeds.broke(name, Number(metadata.annotations?.[annotations.secretVersion] ?? 0));
  people.diary.note(name, 'a person: deletes the Secret');
  const { uid, resourceVersion } = metadata;
  await people.world.kube.delete(secrets, people.world.ref(name), { uid, resourceVersion });
};

const editSecret: Act = async (people, name) => {
  const { metadata } = await people.world.getSecret(name);
  people.deeds.broke(name, Number(metadata.annotations?.[annotations.secretVersion] ?? 0));
  people.diary.note(name, 'a person: edits the Secret');
  await people.world.kube.mergePatch(secrets, people.world.ref(name), {
    metadata: { resourceVersion: metadata.resourceVersion },
    data: { [people.world.upstream.valueEntry]: Buffer.from('edited by hand').toString('base64') },
  });
};

/** In the provider's console. */
const deleteClient: Act = async (people, name) => {
  const [client] = clientsOf(people.world, name);
  if (!client) return;
  people.deeds.deletedClient(name, client.clientId);
  people.diary.note(name, 'a person: deletes the client at the provider');
  await people.world.upstream.deleteClient(client.clientId);
};

const actsAt = ({ deactivates }: Place): readonly (readonly [number, Act])[] => [
  [10, rotate],
  [6, edit],
  [3, remove],
  [2, deleteSecret],
  [1, editSecret],
  [1, deleteClient],
  [1, suspend],
  [2, resume],
  [deactivates ? 1 : 0, inactive],
  [2, active],
  [2, relabel],
];

const create: Act = async ({ world, deeds, diary }, name) => {
  deeds.names.add(name);
  diary.note(name, 'a person: creates it');
  await world.client(name, { displayName: 'storm', rotation: { overlap: `${OVERLAP_SECONDS}s` } });
};

/** The API server may be away, the object gone or not there yet: people try something else then. */
const tried = async (people: People, act: Act, name: string): Promise<void> => {
  try {
    await act(people, name);
  } catch (error) {
    people.diary.note(name, `a person: it failed (${error instanceof Error ? error.name : 'unknown'})`);
  }
};

export const keepBusy = async (people: People): Promise<void> => {
  const { dice, deeds, signal } = people;
  for (let made = 0; !signal.aborted; ) {
    // Names that were deleted are used again, as people do.
    if (deeds.names.size < MOST_OBJECTS || dice.chance(0.12))
      await tried(
        people,
        create,
        deeds.names.size < MOST_OBJECTS ? `storm-${++made}` : dice.pick([...deeds.names]),
      );
    else await tried(people, dice.weighted(actsAt(people.place)), dice.pick([...deeds.names]));
    await sleep(dice.between(20, 600), undefined, { signal }).catch(() => {});
  }
};

/** So that everything can come to rest. */
export const endSuspensions = async (people: People): Promise<void> => {
  for (const name of people.deeds.names)
    if (!(await people.world.isGone(name)))
      await people.world.patch(name, { spec: { suspend: false, state: 'Active' } });
};

/**
 * What people break while nobody can heal it (suspended, no leader) adds up to a mass, which is held until somebody
 * says that it is all right (I11). It must never be more than people have broken.
 */
export const confirmMassChanges = async (
  { world, deeds, diary }: People,
  stop: AbortSignal,
): Promise<void> => {
  let confirmed: string | undefined;
  while (!stop.aborted) {
    await sleep(CONFIRM_EVERY_MS, undefined, { signal: stop }).catch(() => {});
    const status = (await world.getProvider().catch(() => undefined))?.status;
    const held = status?.['massChange'] as { token: string; affected: number } | undefined;
    if (!held || held.token === confirmed) continue;
    if (held.affected > deeds.broken)
      diary.violation('*', `I11: ${held.affected} are held, and people have broken ${deeds.broken}`);
    diary.note('*', 'a person confirms a mass change');
    await world
      .patchProvider({ metadata: { annotations: { [annotations.confirmMassChange]: held.token } } })
      .then(() => (confirmed = held.token))
      .catch(() => {});
  }
};
