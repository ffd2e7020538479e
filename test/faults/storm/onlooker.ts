import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../../src/api/group.ts';
import { secrets } from '../../../src/kube/resource.ts';
import type { SecretWire } from '../../../src/machine-client/secret-view.ts';
import type { World } from '../../helpers/world.ts';
import type { Diary } from './diary.ts';
import { TIME_SCALE } from './site.ts';
import { type Deeds, OVERLAP_SECONDS } from './users.ts';

/** A credential as consumers have read it from the Secret. */
interface Published {
  readonly version: number;
  readonly clientId: string;
  readonly value: string;
  /** Wall clock, milliseconds. */
  readonly publishedAt: number;
}

const EVERY_MS = 150;

/** Looks at all Secrets all the time, and asks the provider's memory whether what they hold is accepted: I3 and I4. */
export class Onlooker {
  readonly #world: World;
  readonly #deeds: Deeds;
  readonly #diary: Diary;
  /** By uid of the MachineClient: a new object of the name makes no promise for the old one's credentials. */
  readonly #seen = new Map<string, Published[]>();
  looks = 0;

  constructor(world: World, deeds: Deeds, diary: Diary) {
    this.#world = world;
    this.#deeds = deeds;
    this.#diary = diary;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch(() => {}); // The API server may be away.
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const found = await this.#world.kube.list<SecretWire>(secrets, {
      namespace: this.#world.namespace,
      labelSelector: 'machine-client.dev/managed=true',
    });
    const clients = new Map(this.#world.simulator.clients().map((client) => [client.clientId, client]));
    const accepted = ({ clientId, value }: Published): boolean => {
      const client = clients.get(clientId);
      return client !== undefined && (client.secret === value || client.nextSecret === value);
    };
    for (const { metadata, data = {} } of found) {
      const version = Number(metadata.annotations?.[annotations.secretVersion] ?? 0);
      const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
      const now: Published = {
        version,
        clientId: decode('client-id'),
        value: decode('client-secret'),
        publishedAt: Date.parse(metadata.annotations?.[annotations.publishedAt] ?? ''),
      };
      const key = `${metadata.name} ${metadata.annotations?.[annotations.owner] ?? ''}`;
      const history = this.#seen.get(key) ?? [];
      this.#seen.set(key, history);
      this.#check(metadata.name, now, history, accepted, metadata.deletionTimestamp !== undefined);
    }
  }

  #check(
    name: string,
    now: Published,
    history: Published[],
    accepted: (one: Published) => boolean,
    deleting: boolean,
  ): void {
    this.looks++;
    if (deleting || this.#deeds.isBroken(name, now.version)) return;
    if (history.at(-1)?.version !== now.version) history.push(now);
    if (!accepted(now)) this.#suspect(name, now, accepted);
    const overlapMs = (OVERLAP_SECONDS * 1_000) / TIME_SCALE;
    for (const [index, one] of history.entries()) {
      const successor = history[index + 1];
      if (!successor || Date.now() >= successor.publishedAt + overlapMs) continue;
      if (this.#deeds.isBroken(name, one.version) || accepted(one)) continue;
      this.#diary.violation(name, `I4: version ${one.version} was retired before the overlap had passed`);
    }
  }

  /** The object may have been deleted since the list was read, and its client before its Secret: that is the order. */
  #suspect(name: string, now: Published, accepted: (one: Published) => boolean): void {
    this.#world
      .get(name)
      .then((object) => {
        if (object.metadata.deletionTimestamp !== undefined || accepted(now)) return;
        if (!this.#deeds.isBroken(name, now.version))
          this.#diary.violation(name, `I3: version ${now.version} is in the Secret and is not accepted`);
      })
      .catch(() => {});
  }
}
