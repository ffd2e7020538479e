import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../../src/api/group.ts';
import { secrets } from '../../../src/kube/resource.ts';
import type { SecretWire } from '../../../src/machine-client/secret-view.ts';
import { valueEntry } from '../../helpers/value-entry.ts';
import type { Diary } from './diary.ts';
import { gatherEvidence } from './evidence.ts';
import type { StormWorld } from './place.ts';
import { TIME_SCALE } from './site.ts';
import { type Deeds, OVERLAP_SECONDS } from './users.ts';

/** A credential as consumers have read it from the Secret. */
interface Published {
  /** Of the MachineClient. */
  readonly uid: string;
  readonly version: number;
  readonly clientId: string;
  readonly value: string;
  /** Wall clock, milliseconds. */
  readonly publishedAt: number;
}

const EVERY_MS = 150;

/** Looks at all Secrets all the time, and asks the provider's memory whether what they hold is accepted: I3 and I4. */
export class Onlooker {
  readonly #world: StormWorld;
  readonly #deeds: Deeds;
  readonly #diary: Diary;
  /** By uid of the MachineClient: a new object of the name makes no promise for the old one's credentials. */
  readonly #seen = new Map<string, Published[]>();
  looks = 0;

  constructor(world: StormWorld, deeds: Deeds, diary: Diary) {
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
    for (const { metadata, data = {} } of found) {
      const version = Number(metadata.annotations?.[annotations.secretVersion] ?? 0);
      const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
      const uid = metadata.annotations?.[annotations.owner]?.split('/').at(-1) ?? '';
      const now: Published = {
        uid,
        version,
        clientId: decode('client-id') || (metadata.annotations?.[annotations.clientId] ?? ''),
        value: decode(valueEntry(data)),
        publishedAt: Date.parse(metadata.annotations?.[annotations.publishedAt] ?? ''),
      };
      const key = `${metadata.name} ${uid}`;
      const history = this.#seen.get(key) ?? [];
      this.#seen.set(key, history);
      this.#check(metadata.name, now, history, metadata.deletionTimestamp !== undefined);
    }
  }

  /** At this moment. */
  #accepts({ clientId, value }: Published): boolean {
    const client = this.#world.upstream.clients().find((one) => one.clientId === clientId);
    return client?.credentials.some((one) => one.value === value) ?? false;
  }

  #check(name: string, now: Published, history: Published[], deleting: boolean): void {
    this.looks++;
    if (deleting || this.#deeds.isBroken(name, now.version, now.clientId)) return;
    const latest = history.at(-1);
    if (latest?.version !== now.version) {
      history.push(now);
      this.#diary.note(name, `version ${now.version} is in the Secret`);
    }
    if (!this.#accepts(now)) this.#suspect(name, now);
    const overlapMs = (OVERLAP_SECONDS * 1_000) / TIME_SCALE;
    for (const [index, one] of history.entries()) {
      const successor = history[index + 1];
      if (!successor || Date.now() >= successor.publishedAt + overlapMs) continue;
      if (this.#deeds.isBroken(name, one.version, one.clientId) || this.#accepts(one)) continue;
      const tooEarly = `I4: version ${one.version} was retired ${successor.publishedAt + overlapMs - Date.now()} ms before the overlap had passed`;
      this.#unlessDeleted(name, one, tooEarly);
    }
  }

  /** The list may be old: what it shows is looked at once more, and so is whether the provider accepts it. */
  #suspect(name: string, then: Published): void {
    this.#world
      .getSecret(name)
      .then((secret) => {
        const version = Number(secret.metadata.annotations?.[annotations.secretVersion] ?? 0);
        if (version !== then.version || this.#accepts(then)) return;
        const breach = `I3: version ${version} is in the Secret and is not accepted`;
        this.#unlessDeleted(name, then, breach);
      })
      .catch(() => {});
  }

  /** Of an object that is being deleted the client goes first, and its Secret after it: that is the order. */
  #unlessDeleted(name: string, { uid, version, clientId }: Published, breach: string): void {
    this.#world
      .get(name)
      .then(({ metadata }) => {
        if (metadata.uid !== uid || metadata.deletionTimestamp !== undefined) return;
        if (this.#deeds.isBroken(name, version, clientId)) return;
        if (!this.#diary.violation(name, breach)) return;
        const ids = new Set(
          [...this.#seen].flatMap(([key, history]) =>
            key.startsWith(`${name} `) ? history.map(({ clientId }) => clientId) : [],
          ),
        );
        gatherEvidence(this.#world, this.#diary, name, ids);
      })
      .catch(() => {});
  }
}
