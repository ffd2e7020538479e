import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../src/api/group.ts';
import { type Resource, secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import type { Joined } from './upstreams/upstream.ts';
import { valueEntry } from './value-entry.ts';
import type { World } from './world.ts';

/** Somebody who works with a credential. As long as he holds it, it is to be accepted (I3, I4). */
export interface Holder {
  readonly who: string;
  /** The MachineClient. */
  readonly object: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of the token endpoint, where the Secret names it. */
  readonly path: string | undefined;
  /** What he signs with, where `clientSecret` only names it. */
  readonly privateKey: string | undefined;
}

type Holders = (found: readonly SecretWire[]) => Promise<readonly Holder[]> | readonly Holder[];

const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

const held = (secret: SecretWire, who: string): Holder | undefined => {
  const { data = {}, metadata } = secret;
  const object = metadata.annotations?.[annotations.owner]?.split('/')[2];
  const value = data[valueEntry(data)];
  if (object === undefined || value === undefined) return undefined;
  const tokenUrl = decode(data['token-url']);
  return {
    who,
    object,
    // Not each provider has its clients log in with their id.
    clientId: decode(data['client-id']) || (metadata.annotations?.[annotations.clientId] ?? ''),
    clientSecret: decode(value),
    path: tokenUrl === '' ? undefined : new URL(tokenUrl).pathname,
    privateKey: decode(data['private-key']) || undefined,
  };
};

/** Those who read the Secret each time, and those who read it anew only when the overlap ends. */
export const readers = (overlapMs: (object: string) => number): Holders => {
  const last = new Map<string, Holder>();
  const slow = new Map<string, { readonly holder: Holder; readonly until: number }>();
  return (found) => {
    const now = found.flatMap((secret) => {
      const { name, annotations: own = {} } = secret.metadata;
      const holder = held(secret, `who reads ${name}`);
      if (!holder) return [];
      const before = last.get(name);
      last.set(name, holder);
      if (before && before.clientSecret !== holder.clientSecret) {
        const until = Date.parse(own[annotations.publishedAt] ?? '') + overlapMs(holder.object);
        slow.set(name, { holder: { ...before, who: `who has read ${name}` }, until });
      }
      return [holder];
    });
    const late = [...slow.values()].filter(({ until }) => Date.now() < until);
    return [...now, ...late.map(({ holder }) => holder)];
  };
};

const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
interface PodWire {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: { readonly phase?: string };
  readonly spec: {
    readonly containers: readonly {
      readonly envFrom?: readonly { readonly secretRef?: { name: string } }[];
    }[];
  };
}

/** Pods that have the Secret in their environment: as it was when they began, until they are gone. */
export const podsOf = (world: World<Joined>): Holders => {
  const holding = new Map<string, Holder>();
  return async (found) => {
    const all = await world.kube.list<PodWire>(pods, { namespace: world.namespace });
    const living = new Set(all.map(({ metadata }) => metadata.uid));
    for (const uid of holding.keys()) if (!living.has(uid)) holding.delete(uid);
    for (const { metadata, status, spec } of all) {
      if (holding.has(metadata.uid) || status?.phase !== 'Running') continue;
      const name = spec.containers[0]?.envFrom?.[0]?.secretRef?.name;
      const secret = found.find((one) => one.metadata.name === name);
      const holder = secret && held(secret, `pod ${metadata.name}`);
      if (holder) holding.set(metadata.uid, holder);
    }
    return [...holding.values()];
  };
};

/**
 * Asks for a token, again and again, with what everybody holds. Refused is who is told that his credential is wrong; a
 * provider that cannot answer refuses nobody.
 */
export class Prober implements AsyncDisposable {
  readonly #world: World<Joined>;
  readonly #holders: readonly Holders[];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Whom to ask for; default: all. */
  mayAsk: (object: string) => boolean = () => true;
  asked = 0;
  readonly refusals: { readonly object: string; readonly text: string }[] = [];

  constructor(world: World<Joined>, holders: readonly Holders[], everyMs: number) {
    this.#world = world;
    this.#holders = holders;
    this.#running = this.#run(everyMs);
  }

  async #run(everyMs: number): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // The API server may be slow to answer a test that makes much trouble; the next round comes soon.
      await this.#round().catch(() => {});
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  async #all(): Promise<readonly Holder[]> {
    const found = await this.#world.kube.list<SecretWire>(secrets, {
      namespace: this.#world.namespace,
      labelSelector: 'machine-client.dev/managed=true',
    });
    const holders: Holder[] = [];
    for (const of of this.#holders) holders.push(...(await of(found)));
    return holders.filter(({ object }) => this.mayAsk(object));
  }

  async #round(): Promise<void> {
    const refused: Holder[] = [];
    await Promise.all(
      (await this.#all()).map(async (one) => (await this.#isRefused(one)) && refused.push(one)),
    );
    if (refused.length === 0) return;
    // Who has let go of it meanwhile was not cut off.
    const still = await this.#all();
    for (const { who, object, clientSecret } of refused)
      if (still.some((one) => one.who === who && one.clientSecret === clientSecret))
        this.refusals.push({ object, text: `${who} was refused a token at ${new Date().toISOString()}` });
  }

  async #isRefused({ clientId, clientSecret, path, privateKey }: Holder): Promise<boolean> {
    this.asked++;
    const { upstream } = this.#world;
    return (await upstream.ask(clientId, clientSecret, path, privateKey)) === 'refused';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
