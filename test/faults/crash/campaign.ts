import { setTimeout as sleep } from 'node:timers/promises';
import { Ground } from './ground.ts';
import {
  arriveIntoNext,
  awaitDuplicatesRemoved,
  boundSets,
  endForeignRotations,
  expectSets,
} from './limits.ts';
import type { Parked } from './parking.ts';
import { arrives, common, describe, isLost, type Point, pointsOf, sleepsOf, type Step } from './point.ts';
import type { Result } from './report.ts';
import { atRest, type Scenario } from './scenario.ts';
import { issued, violations } from './settled.ts';
import type { Site } from './site.ts';

/** Parked calls to the API server hold one of the operator's 24 connections each. */
const MOST_AT_KUBE = 20;
const MOST_PARKED = 48;
const MOST_LOST = 24;
const MOST_DELETED = 24;
/** A held call to the provider is given up after 4 s: by then its process is dead. */
const PARKING_MS = 2_400;
/** Where the next one has yet to take the lease over, while the operations of those that doze are not settled. */
const DOZING_MS = 1_600;
/** By when the first point is reached, also where two operations have to settle before, and by when the recovery has come to its first call after K.until. */
const FIRST_MS = 20_000;
const RECOVERY_MS = 9_000;
/** More tries of a point mean that it cannot be reached. */
const MOST_TRIES = 16;
/** Of the objects of a round that meet a second kill during their recovery. */
const SECOND_KILLS = 0.3;

interface Pending {
  readonly point: Point;
  tries: number;
}

interface Runner {
  readonly object: string;
  readonly pending: Pending;
  /** Secrets issued to it before the scenario acted. */
  before: number;
  /** Each may cost one credential that is thrown away. */
  faults: number;
  reached: boolean;
}

/** One scenario at every one of its points, in rounds: each round is one kill, or none. */
export class Campaign {
  readonly #scenario: Scenario;
  readonly #ground: Ground;
  readonly #random: () => number;
  readonly #atMost: number;
  #names = 0;
  #rounds = 0;
  #tried = 0;
  #secondKills = 0;
  #missed = 0;
  /** Secrets that the scenario issues where nothing goes wrong. */
  #usual = 0;

  /** `atMost`: so many of its points, chosen by `random`. */
  constructor(
    scenario: Scenario,
    site: Site,
    anotherSite: () => Promise<Site>,
    random: () => number,
    atMost = Number.POSITIVE_INFINITY,
  ) {
    this.#scenario = scenario;
    this.#atMost = atMost;
    this.#ground = new Ground(scenario, site, anotherSite);
    this.#random = random;
  }

  async run(): Promise<Result> {
    const { name } = this.#scenario;
    await this.#ground.open();
    if (this.#scenario.most !== undefined) await this.#crowd();
    const steps = await this.#learn();
    const points = (this.#scenario.leaders ? sleepsOf : pointsOf)(steps);
    const all = this.#some(points).map((point) => ({ point, tries: 0 }));
    const pending = all.filter(({ point }) => !isLost(point.mode));
    while (pending.length > 0 && this.#ground.violations.length === 0)
      await this.#round(this.#next(pending), pending);
    const lost = all.filter(({ point }) => isLost(point.mode));
    while (lost.length > 0 && this.#ground.violations.length === 0)
      await this.#round(lost.splice(0, this.#scenario.most ?? MOST_LOST), lost);
    await this.#ground.endProbing();
    await this.#end();
    return {
      name,
      missed: this.#missed,
      asked: this.#ground.asked,
      tried: this.#tried,
      calls: steps.length,
      secondKills: this.#secondKills,
      violations: this.#ground.violations,
      limits: this.#ground.limits,
    };
  }

  /** At even distances, so that calls and modes are mixed. */
  #some(points: readonly Point[]): readonly Point[] {
    const distance = Math.max(1, points.length / this.#atMost);
    const first = this.#random() * distance;
    return points.filter(
      (_, index) => Math.floor((index + first) / distance) > Math.floor((index - 1 + first) / distance),
    );
  }

  #object(): string {
    const object = `${this.#scenario.id}-${++this.#names}`;
    this.#ground.site.reader.learn(object);
    return object;
  }

  /** Healthy ones beside which a few that are lost are no mass. */
  async #crowd(): Promise<void> {
    const { world, reader } = this.#ground.site;
    const names = Array.from({ length: 70 }, (_, index) => `crowd-${index}`);
    for (const name of names) reader.learn(name);
    await Promise.all(names.map((name) => world.client(name)));
    await this.#ground.wait('the crowd is ready', (picture) =>
      names.filter((name) => !atRest(picture, name)),
    );
  }

  /** What the scenario calls where nothing goes wrong: what every object called, among few and among many. */
  async #learn(): Promise<readonly Step[]> {
    const alone = await this.#watch(3);
    if (this.#scenario.fresh) await this.#ground.move();
    return common([...alone, ...(await this.#watch(10))]);
  }

  async #watch(count: number): Promise<readonly (readonly Step[])[]> {
    const { parking } = this.#ground.site;
    const objects = Array.from({ length: count }, () => this.#object());
    await this.#prepare(objects);
    const before = objects.map((object) => issued(this.#ground.site, object));
    const counters: ReturnType<typeof parking.learn>[] = [];
    await this.#act(objects, () => {
      for (const object of objects) counters.push(parking.learn(object));
    });
    await this.#ground.finish(objects);
    const usual = objects.map((object, index) => issued(this.#ground.site, object) - (before[index] ?? 0));
    this.#usual = Math.max(this.#usual, ...usual);
    const picture = await this.#ground.site.picture();
    for (const object of objects)
      this.#ground.report(object, 'no fault', violations(this.#scenario, picture, object));
    this.#ground.breaches(() => 'no fault');
    return counters.map(({ steps }) => steps);
  }

  async #prepare(objects: readonly string[]): Promise<void> {
    if (!this.#ground.site.operator) this.#ground.start();
    const { neighbour } = this.#ground.site;
    await Promise.all([
      neighbour?.join(objects),
      ...objects.map((object) => this.#scenario.prepare(this.#ground.site, object)),
    ]);
    await this.#ground.wait('prepared', (picture) =>
      objects.filter((object) => picture.objects.has(object) && !atRest(picture, object)),
    );
    await this.#ground.quiet();
  }

  async #act(objects: readonly string[], begin: () => void): Promise<void> {
    const { offline } = this.#scenario;
    if (offline) await this.#ground.site.kill();
    else begin();
    await Promise.all(objects.map((object) => this.#scenario.act(this.#ground.site, object)));
    if (!offline) return;
    begin();
    this.#ground.start();
  }

  /** As many points as fit into one kill. */
  #next(pending: Pending[]): Pending[] {
    const taken: Pending[] = [];
    let atKube = 0;
    const dozes = pending[0]?.point.mode.startsWith('dozed');
    for (const one of [...pending]) {
      const kube = one.point.step.side === 'kube';
      if (one.point.mode.startsWith('dozed') !== dozes) continue;
      if (taken.length >= (this.#scenario.most ?? MOST_PARKED)) break;
      if (kube && atKube >= MOST_AT_KUBE) continue;
      atKube += kube ? 1 : 0;
      taken.push(one);
      pending.splice(pending.indexOf(one), 1);
    }
    return taken;
  }

  /** Tries these points, each with an object of its own; what could not be reached goes back to `pending`. */
  async #round(points: readonly Pending[], pending: Pending[]): Promise<void> {
    this.#rounds++;
    if (this.#scenario.fresh) await this.#ground.move();
    const { parking } = this.#ground.site;
    parking.clear();
    const runners = points.map(
      (point): Runner => ({ object: this.#object(), pending: point, before: 0, faults: 0, reached: false }),
    );
    const objects = runners.map(({ object }) => object);
    await this.#prepare(objects);
    if (this.#scenario.leaders) await this.#ground.site.standBy();
    for (const runner of runners) runner.before = issued(this.#ground.site, runner.object);
    this.#ground.probe(objects);
    await this.#act(objects, () => {
      for (const { object, pending: one } of runners) {
        // What was settled while it was prepared says nothing of the operation that is to come.
        this.#ground.site.settled.delete(object);
        parking.arm(object, one.point);
      }
    });
    const kills = runners.some(({ pending: one }) => !isLost(one.point.mode));
    if (this.#scenario.leaders) await this.#sleepOnce(runners, objects);
    else if (kills) await this.#killOnce(runners);
    await this.#ground.finish(objects);
    await this.#arriveLate(runners);
    await arriveIntoNext(this.#ground);
    if (!kills)
      for (const runner of runners) {
        runner.reached = parking.lost.has(runner.object);
        runner.faults++;
      }
    await this.#check(runners);
    for (const runner of runners) {
      const { pending: one } = runner;
      one.tries++;
      if (runner.reached) this.#tried++;
      else if (one.tries < MOST_TRIES) pending.push(one);
      else if (this.#scenario.contested?.includes(one.point.step.brief)) this.#missed++;
      else
        this.#ground.report(runner.object, describe(one.point), [
          `this point did not come about in ${one.tries} tries`,
        ]);
    }
  }

  /** Waits until all stand at their points, kills, starts anew, and perhaps kills once more. */
  async #killOnce(runners: readonly Runner[]): Promise<void> {
    const { parking } = this.#ground.site;
    await this.#parked(runners.length, FIRST_MS);
    const parked = [...parking.parked];
    const good = new Set(parked.filter(({ spoilt }) => !spoilt).map(({ object }) => object));
    await this.#ground.site.kill();
    for (const runner of runners) {
      runner.reached = good.has(runner.object);
      runner.faults++;
    }
    this.#ground.site.start();
    const again = this.#rounds === 1 || this.#random() < 0.3;
    const sample = again ? runners.filter(() => this.#random() < SECOND_KILLS) : [];
    for (const { object } of sample)
      parking.arm(object, {
        any: 1 + Math.floor(this.#random() * 8),
        mode: this.#random() < 0.5 ? 'killed-before' : 'killed-after',
      });
    await this.#ground.site.listed();
    await sleep(100);
    await this.#arriveEarly(parked, runners);
    if (sample.length === 0) return;
    await this.#parked(sample.length, RECOVERY_MS);
    for (const runner of runners) runner.faults++;
    this.#secondKills += parking.parked.length - parked.length;
    await this.#ground.site.kill();
    this.#ground.site.start();
  }

  /** Waits until all stand at their points, stops the process, and wakes it when another one leads. */
  async #sleepOnce(runners: readonly Runner[], objects: readonly string[]): Promise<void> {
    const { parking } = this.#ground.site;
    // A round is of those that doze or of those that sleep: one process has one moment at which it wakes.
    const dozes = runners.some(({ pending }) => pending.point.mode.startsWith('dozed'));
    await this.#parked(runners.length, FIRST_MS, dozes ? DOZING_MS : PARKING_MS);
    const parked = [...parking.parked];
    const good = new Set(parked.filter(({ spoilt }) => !spoilt).map(({ object }) => object));
    for (const runner of runners) {
      runner.reached = good.has(runner.object);
      runner.faults += 2;
    }
    const former = await this.#ground.site.fallAsleep();
    if (!dozes) await this.#ground.finish(objects);
    await Promise.all([
      this.#ground.site.wake(former),
      ...parked.map(async (one) => {
        if (!dozes || this.#isEarly(one)) return await one.goOn('when its sender is awake again');
        // It took too long until another one led: that is the case of those that sleep.
        one.cut();
        const runner = runners.find(({ object }) => object === one.object);
        if (runner) runner.reached = false;
      }),
    ]);
    if (dozes) return;
    await this.#ground.lookAgain(objects);
    await endForeignRotations(this.#ground, parked);
    await awaitDuplicatesRemoved(this.#ground, parked);
  }

  /** Its operation is not settled yet, nor will it be before the call has arrived. */
  #isEarly({ object }: Parked): boolean {
    return Date.now() < (this.#ground.site.settled.get(object) ?? Number.POSITIVE_INFINITY) - 300;
  }

  /** Until so many more are parked, or the first of them would soon give up. */
  async #parked(count: number, withinMs: number, parkingMs = PARKING_MS): Promise<void> {
    const { parking } = this.#ground.site;
    const before = parking.parked.length;
    const begun = performance.now();
    using _driving = this.#ground.keepDriving();
    let first: number | undefined;
    for (;;) {
      const now = performance.now();
      const parked = parking.parked.length - before;
      if (parked > 0) first ??= now;
      if (parked >= count || now - (first ?? now) > parkingMs || now - begun > withinMs) return;
      await sleep(10);
    }
  }

  /** What was held back arrives before it is settled; where that moment has passed, the point is tried again. */
  async #arriveEarly(parked: readonly Parked[], runners: readonly Runner[]): Promise<void> {
    const early = parked.filter(({ mode, spoilt }) => arrives(mode) === 'early' && !spoilt);
    await Promise.all(
      early.map(async (one) => {
        const runner = runners.find(({ object }) => object === one.object);
        if (!this.#isEarly(one)) {
          if (runner) runner.reached = false;
          return;
        }
        if (runner) runner.faults++;
        await one.letGo('before it is settled');
      }),
    );
  }

  /** What was held back arrives when all is done; afterwards every one of these objects is looked at again. */
  async #arriveLate(runners: readonly Runner[]): Promise<void> {
    const held = this.#ground.site.parking.parked.filter(({ mode }) => arrives(mode) === 'late');
    if (held.length === 0) return;
    for (const one of held) {
      const runner = runners.find(({ object }) => object === one.object);
      if (runner) runner.faults++;
    }
    expectSets(this.#ground, held);
    await Promise.all(held.map((one) => one.letGo('when the recovery is over')));
    const objects = held.map(({ object }) => object);
    await this.#ground.lookAgain(objects);
    await endForeignRotations(this.#ground, held);
    await awaitDuplicatesRemoved(this.#ground, held);
    await this.#ground.finish(objects);
    boundSets(this.#ground, held);
  }

  async #check(runners: readonly Runner[]): Promise<void> {
    this.#ground.report('stranger', 'this round', await this.#ground.strangersHarmed());
    const picture = await this.#ground.site.picture();
    for (const { object, pending, before, faults } of runners) {
      const texts = [...violations(this.#scenario, picture, object)];
      const minted = issued(this.#ground.site, object) - before;
      if (minted > this.#usual + faults)
        texts.push(`${minted} secrets were issued, ${this.#usual} without faults, and there were ${faults}`);
      this.#ground.report(object, describe(pending.point), texts);
    }
    this.#ground.breaches((object) => {
      const runner = runners.find((one) => one.object === object);
      return runner ? describe(runner.pending.point) : 'another object';
    });
  }

  /** I10: everything is deleted, and nothing is left on either side. */
  async #end(): Promise<void> {
    const { world } = this.#ground.site;
    const { objects } = await this.#ground.site.picture();
    for (const name of objects.keys()) this.#ground.site.watchman.release(name);
    const names = [...objects.keys()];
    // More at a time wait for a connection until it is too late for their fences.
    for (let from = 0; from < names.length; from += MOST_DELETED) {
      const some = names.slice(from, from + MOST_DELETED);
      await Promise.all(some.map((name) => world.delete(name)));
      await this.#ground.wait('deleted at the end', (picture) =>
        some.filter((name) => picture.objects.has(name)),
      );
    }
    this.#ground.report('stranger', 'the end', await this.#ground.strangersHarmed());
    const left = await this.#ground.site.picture();
    for (const name of objects.keys()) {
      const clients = left.clients(name).length;
      if (clients > 0) this.#ground.report(name, 'the end', [`I10: ${clients} clients are left`]);
      this.#ground.report(name, 'the end', left.harmed(name));
    }
    const ours = [...left.secrets.values()].filter(
      ({ metadata }) => metadata.labels?.['machine-client.dev/managed'] === 'true',
    );
    for (const { metadata } of ours)
      this.#ground.report(metadata.name, 'the end', ['I10: its Secret is left']);
  }
}
