import { apiVersion } from '../../../src/api/group.ts';
import type { ApiAnswer, ApiWatch } from './api-server/api.ts';
import { Chance } from './chance.ts';
import type { Cluster } from './cluster.ts';
import type { WireRequest } from './exchange.ts';
import { furnishCluster } from './furnish.ts';
import { Replica } from './replica.ts';
import type { Actor } from './scene.ts';
import type { World } from './world.ts';

/** Names of its operators begin with it. */
const PLACE = 'R';
const RESTART_MS = 2_000;

/** Whether it is an operator of the other cluster. */
export const isRival = (name: Actor): boolean => name.startsWith(PLACE);

/**
 * Another cluster that was made from the same values: its own API server, its own operator, our installation id, our
 * account, and objects of the same names (docs/decisions/032). It is there from the first of these on, until the faults
 * end: then somebody gives it an id of its own.
 */
export class Rival {
  readonly #world: World;
  cluster: Cluster | undefined;
  #replica: Replica | undefined;
  #turn = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** An object as ours is. Nothing, where we have none of that name. */
  join(namespace: string, name: string): void {
    const ours = this.#world.cluster.machineClient(`${namespace}/${name}`);
    if (!ours || ours.metadata.deletionTimestamp !== undefined) return;
    if (!this.cluster) this.#begin();
    // Its programs are not here.
    const { restart: _, ...spec } = ours.spec;
    const object = { apiVersion, kind: 'MachineClient', metadata: { name }, spec };
    this.cluster?.create('machineclients', object, namespace);
  }

  handle(request: WireRequest, by: Actor): ApiAnswer | ApiWatch {
    if (!this.cluster) throw new Error('there is no other cluster');
    return this.cluster.handle(request, by);
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** What it has made stays, until people remove it. */
  leave(): void {
    this.#replica?.kill();
    this.#replica = undefined;
  }

  #begin(): void {
    const { schedule } = this.#world;
    this.cluster = this.#world.newCluster('api server of the other cluster');
    furnishCluster(
      this.#world,
      this.cluster,
      new Chance(schedule.seed, 'integrity key of the other cluster'),
    );
    this.#start();
  }

  #start(): void {
    const { agenda, wire, timeline, schedule } = this.#world;
    const replica = new Replica({
      seed: schedule.seed,
      place: PLACE,
      turn: ++this.#turn,
      offsetMs: 0,
      elects: false,
      agenda,
      wire,
      onLine: (from, line) => this.#world.line(from, line),
      onEnd: (ended) => {
        timeline.say(agenda.now, `${ended.name} ends`);
        agenda.after(RESTART_MS, () => {
          if (this.#replica === ended) this.#start();
        });
      },
    });
    this.#replica = replica;
    timeline.say(agenda.now, `${replica.name} starts, in another cluster`);
    replica.start();
  }
}
