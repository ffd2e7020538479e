import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Anonymous } from './anonymous.ts';
import { memoryRig } from './memory-rig.ts';
import { Place } from './place.ts';
import { randomWalk, type Step } from './random-walk.ts';
import { realRig } from './real-rig.ts';
import type { Rig } from './rig.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const STEPS = 150;
const WATCHED = ['machineclients', 'secrets'] as const;

/** One server that is walked over. */
class Walker {
  readonly #place: Place;
  readonly #seen = new Anonymous();
  readonly #from: string;

  constructor(place: Place, from: string) {
    this.#place = place;
    this.#from = from;
  }

  static async make(rig: Rig): Promise<Walker> {
    const place = await Place.make(rig);
    const { body } = await place.list('secrets', '');
    return new Walker(place, body.metadata.resourceVersion);
  }

  async go({ method, resource, rest, body }: Step): Promise<unknown> {
    const path = this.#place.path(resource, rest);
    const reply = await this.#place.rig.call(method, path, body?.(this.#seen));
    // The version of a list is that of the whole cluster, in which others write too.
    if (reply.body.items)
      return reply.body.items.map((item: unknown) => this.#hide(this.#seen.event('', item)));
    return this.#hide(this.#seen.answer(reply.status, reply.body));
  }

  /** Every change of the walk, as a watch tells it, up to a last one that is made for this. */
  async changes(resource: (typeof WATCHED)[number]): Promise<unknown[]> {
    if (resource === 'secrets') await this.#place.secret('end');
    else await this.#place.client('end');
    const watch = await this.#place.watch(resource, `resourceVersion=${this.#from}`);
    const told: unknown[] = [];
    for (let line = await watch.next(); line?.object.metadata.name !== 'end'; line = await watch.next()) {
      if (line === undefined) throw new Error('the watch ended');
      told.push(this.#hide(this.#seen.event(line.type, line.object)));
    }
    watch.close();
    return told;
  }

  #hide(answer: unknown): unknown {
    return JSON.parse(JSON.stringify(answer).replaceAll(this.#place.namespace, 'here'));
  }
}

describe('random requests', () => {
  let real: Rig;
  let memory: Rig;
  beforeAll(async () => {
    [real, memory] = [await realRig(inject('kubeconfig')), await memoryRig()];
  });
  afterAll(() => Place.leaveAll(real));

  test.each(SEEDS)(
    'of seed %i are answered alike by both, and watches tell of them alike',
    async (seed) => {
      const walkers = [await Walker.make(real), await Walker.make(memory)] as const;
      for (const [index, step] of randomWalk(seed, STEPS).entries()) {
        const [expected, actual] = [await walkers[0].go(step), await walkers[1].go(step)];
        const { method, resource, rest } = step;
        expect(actual, `step ${index} of seed ${seed}: ${method} ${resource}${rest}`).toEqual(expected);
      }
      for (const resource of WATCHED)
        expect(await walkers[1].changes(resource)).toEqual(await walkers[0].changes(resource));
    },
    60_000,
  );
});
