import type { Agenda } from './agenda.ts';
import type { Change } from './api-server/api.ts';
import { Chance } from './chance.ts';
import { type Cluster, pathOf } from './cluster.ts';
import type { Prober } from './prober.ts';
import { NAMESPACE } from './schedule.ts';
import { isWorkload, publishedOf, secretsReadBy, type StoredWorkload } from './truth.ts';

interface Pod {
  readonly name: string;
  readonly template: string;
  ready: boolean;
}

interface Roll {
  readonly uid: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  pods: Pod[];
  /** Something is to be looked at in a moment. */
  waiting: boolean;
}

const LOOKS_MS = [20, 3_000] as const;
const STARTS_MS = [200, 6_000] as const;
/** A pod whose Secret is not there is tried again so often. */
const AGAIN_MS = 2_000;
const NODES = 2;

/**
 * The controllers of workloads and the kubelet in one: pod after pod is replaced when the template has changed, and each
 * reads its Secret once, when it starts. Of each step nobody knows how long it takes.
 */
export class Fleet {
  readonly #seed: number;
  readonly #agenda: Agenda;
  readonly #cluster: Cluster;
  readonly #prober: Prober;
  readonly #rolls = new Map<string, Roll>();
  readonly #stuck = new Map<string, number>();
  /** By name: one that is made again has other pods. */
  readonly #turns = new Map<string, number>();

  constructor(seed: number, agenda: Agenda, cluster: Cluster, prober: Prober) {
    this.#seed = seed;
    this.#agenda = agenda;
    this.#cluster = cluster;
    this.#prober = prober;
  }

  changed({ type, resource, object, previous }: Change): void {
    if (!isWorkload(resource)) return;
    const { uid, namespace = NAMESPACE, name, generation } = object.metadata;
    if (type === 'DELETED') {
      for (const pod of this.#rolls.get(uid)?.pods ?? []) this.#prober.podEnded(pod.name);
      this.#rolls.delete(uid);
      return;
    }
    if (previous?.metadata.generation === generation) return;
    const roll = this.#rolls.get(uid) ?? { uid, resource, namespace, name, pods: [], waiting: false };
    this.#rolls.set(uid, roll);
    this.#later(roll, LOOKS_MS);
  }

  /** etcd was put back: what the controllers see is what is there now. */
  restored(): void {
    for (const { kind, metadata } of this.#cluster.workloads()) {
      const { uid, namespace = NAMESPACE, name } = metadata;
      const resource = `${kind.toLowerCase()}s`;
      const roll = this.#rolls.get(uid) ?? { uid, resource, namespace, name, pods: [], waiting: false };
      this.#rolls.set(uid, roll);
      this.#later(roll, LOOKS_MS);
    }
  }

  /** No new pod of it becomes ready for so long. */
  stick(namespace: string, name: string, ms: number): void {
    this.#stuck.set(`${namespace}/${name}`, this.#agenda.now + ms);
  }

  /** A node goes, and its pods start somewhere else. */
  kill(namespace: string, name: string): void {
    for (const roll of this.#rolls.values()) {
      if (roll.namespace !== namespace || roll.name !== name) continue;
      const [first] = roll.pods;
      if (first) this.#end(roll, first);
      this.#later(roll, LOOKS_MS);
    }
  }

  calm(): void {
    this.#stuck.clear();
    for (const workload of this.#cluster.workloads())
      if (workload.spec.paused === true)
        this.#cluster.patchObject('deployments', workload, { spec: { paused: null } });
  }

  #next({ namespace, name: bare }: Roll): string {
    // In the first namespace by the name alone, which the chance of each schedule hangs on.
    const name = namespace === NAMESPACE ? bare : `${namespace}-${bare}`;
    const turn = (this.#turns.get(name) ?? 0) + 1;
    this.#turns.set(name, turn);
    return `${name}-${turn}`;
  }

  #stored({ resource, namespace, name, uid }: Roll): StoredWorkload | undefined {
    const found = this.#cluster.server.get(resource, namespace, name) as StoredWorkload | undefined;
    return found?.metadata.uid === uid ? found : undefined;
  }

  #later(roll: Roll, [least, most]: readonly [number, number]): void {
    if (roll.waiting) return;
    roll.waiting = true;
    const chance = new Chance(this.#seed, `controller of ${this.#next(roll)}`);
    this.#agenda.after(chance.between(least, most), () => {
      roll.waiting = false;
      this.#turn(roll);
    });
  }

  #turn(roll: Roll): void {
    const stored = this.#stored(roll);
    if (!stored) return;
    const template = JSON.stringify(stored.spec.template);
    const wanted = roll.resource === 'daemonsets' ? NODES : (stored.spec.replicas ?? 1);
    const surge = roll.resource === 'deployments' ? 1 : 0;
    const fresh = roll.pods.filter((pod) => pod.template === template);
    const old = roll.pods.filter((pod) => pod.template !== template);
    const ready = fresh.filter((pod) => pod.ready).length;
    if (stored.spec.paused !== true) {
      const settled = ready === fresh.length;
      const replaced = ready + old.length > wanted || (surge === 0 && settled && roll.pods.length >= wanted);
      const [victim] = old.length > 0 ? old : fresh.slice(wanted);
      if (victim && replaced) this.#end(roll, victim);
      else if (fresh.length < wanted && roll.pods.length < wanted + surge)
        this.#begin(roll, template, stored);
    } else if (roll.pods.length > wanted && roll.pods[0]) this.#end(roll, roll.pods[0]);
    this.#tell(roll, stored, template, wanted);
    const done = roll.pods.length === wanted && roll.pods.every((pod) => pod.template === template);
    if (!done && stored.spec.paused !== true) this.#later(roll, LOOKS_MS);
  }

  #begin(roll: Roll, template: string, stored: StoredWorkload): void {
    const pod: Pod = { name: this.#next(roll), template, ready: false };
    roll.pods.push(pod);
    const [secret] = secretsReadBy(stored);
    const chance = new Chance(this.#seed, pod.name);
    const start = (): void => {
      if (!roll.pods.includes(pod) || this.#rolls.get(roll.uid) !== roll) return;
      const stuckFor = (this.#stuck.get(`${roll.namespace}/${roll.name}`) ?? 0) - this.#agenda.now;
      const read =
        secret === undefined ? undefined : this.#cluster.server.get('secrets', roll.namespace, secret);
      if (stuckFor > 0 || (secret !== undefined && !read)) {
        this.#agenda.after(AGAIN_MS, start);
        return;
      }
      const published = read && publishedOf(read);
      if (published) this.#prober.podStarted(pod.name, roll.uid, published);
      pod.ready = true;
      this.#later(roll, LOOKS_MS);
    };
    this.#agenda.after(chance.between(...STARTS_MS), start);
  }

  #end(roll: Roll, pod: Pod): void {
    roll.pods = roll.pods.filter((one) => one !== pod);
    this.#prober.podEnded(pod.name);
  }

  #tell(
    { resource, namespace, name, pods }: Roll,
    { metadata }: StoredWorkload,
    template: string,
    wanted: number,
  ): void {
    const updated = pods.filter((pod) => pod.template === template).length;
    const available = pods.filter((pod) => pod.ready).length;
    const { generation: observedGeneration } = metadata;
    const status =
      resource === 'daemonsets'
        ? {
            observedGeneration,
            desiredNumberScheduled: wanted,
            updatedNumberScheduled: updated,
            numberAvailable: available,
          }
        : {
            observedGeneration,
            replicas: pods.length,
            updatedReplicas: updated,
            availableReplicas: available,
          };
    this.#cluster.write('PATCH', `${pathOf(resource, name, namespace)}/status`, { status }, 'cluster');
  }
}
