import { findCondition } from '../../../src/api/conditions.ts';
import { until } from '../../helpers/until.ts';
import { arrives, common, describe, isLost, type Mode, nameOf, type Point, type Step } from './point.ts';
import type { Result, Violation } from './report.ts';
import { atRest } from './scenario.ts';
import { issued } from './settled.ts';
import { process, type Site } from './site.ts';

const forReads: readonly Mode[] = ['killed-before', 'killed-after', 'lost-before', 'lost-after'];
const forWrites: readonly Mode[] = [...forReads, 'late', 'again'];
const MOST_TRIES = 4;
const QUIET_MS = 400;

/** Something that concerns a whole process, and no object: each of its calls is a point of its own. */
export interface ProcessScenario {
  readonly name: string;
  /** Healthy objects that must come to no harm. */
  readonly objects: number;
  /** The operator is started by `act`. */
  readonly starts: boolean;
  /** What follows a kill is the next point; all is well again after the points at which nobody is killed. */
  readonly chained?: boolean;
  readonly flags: (site: Site, nth: number) => Promise<readonly string[]>;
  readonly act: (site: Site) => Promise<unknown>;
}

/** Calls that come at any time are no steps of a scenario; nor is what an object asks for by itself. */
const isStep = ({ brief }: Step): boolean =>
  !brief.endsWith(' events') && !/^(GET|PUT|LIST|WATCH) leases$/.test(brief);

/** A scenario of the process at each of its calls: one kill a point, and the next start is the next point. */
export class ProcessCampaign {
  readonly #scenario: ProcessScenario;
  readonly #site: Site;
  readonly #objects: readonly string[];
  readonly #violations: Violation[] = [];
  #starts = 0;
  #flags: readonly string[] = [];
  #tried = 0;

  constructor(scenario: ProcessScenario, site: Site) {
    this.#scenario = scenario;
    this.#site = site;
    this.#objects = Array.from({ length: scenario.objects }, (_, index) => `healthy-${index}`);
  }

  async run(): Promise<Result> {
    const { parking, reader, world } = this.#site;
    for (const object of this.#objects) reader.learn(object);
    await this.#begin(true);
    await this.#site.provider();
    await Promise.all(this.#objects.map((object) => world.client(object)));
    await this.#healthy();
    const runs: (readonly Step[])[] = [];
    for (let run = 0; run < 2; run++) {
      const counter = await this.#act(() => parking.learn(process));
      await this.#healthy();
      runs.push(counter.steps.filter(isStep));
    }
    const steps = common(runs);
    const before = await this.#versions();
    for (const step of steps)
      for (const mode of step.writes ? forWrites : forReads) await this.#try({ step, mode });
    // I8: whatever happened to the process, no healthy Secret was written, and nothing was minted.
    const after = await this.#versions();
    if (after !== before)
      this.#report('I8', `healthy Secrets were written: ${before} before, ${after} after`);
    for (const { object, text } of this.#site.watchman.take()) this.#report(object, text);
    return {
      name: this.#scenario.name,
      calls: steps.length,
      tried: this.#tried,
      secondKills: 0,
      missed: 0,
      asked: 0,
      violations: this.#violations,
      limits: new Map(),
    };
  }

  /** Of the Secrets, and how many credentials each object has had. Status may say what became of the account. */
  async #versions(): Promise<string> {
    const { secrets } = await this.#site.picture();
    const ofOne = (object: string): string =>
      `${object} ${secrets.get(object)?.metadata.resourceVersion} (${issued(this.#site, object)})`;
    return this.#objects.map(ofOne).join(', ');
  }

  /** A first start where the scenario is one; what follows a kill goes on where the dead one stood. */
  async #begin(first: boolean): Promise<void> {
    if (first) this.#flags = await this.#scenario.flags(this.#site, ++this.#starts);
    this.#site.start(this.#flags);
  }

  /** `arm` at the last moment before it acts. */
  async #act<T>(arm: () => T): Promise<T> {
    const { starts, act } = this.#scenario;
    if (starts) await this.#site.kill();
    const armed = arm();
    if (starts) await this.#begin(true);
    // The account is listed anew for what is done to it.
    else this.#site.swept = false;
    await act(this.#site);
    return armed;
  }

  async #try(point: Point): Promise<void> {
    const { parking } = this.#site;
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      parking.clear();
      await this.#act(() => parking.arm(process, point));
      const met = (): boolean => parking.parked.length > 0 || parking.lost.size > 0;
      await until(nameOf(point.step), met, { timeoutMs: 6_000, everyMs: 10 }).catch(() => {});
      const reached = met();
      if (this.#scenario.chained && reached && !isLost(point.mode) && !arrives(point.mode)) {
        // The next start is the restart: it comes after many a start that ended half-way.
        await this.#site.kill();
        this.#tried++;
        return;
      }
      if (!isLost(point.mode)) {
        await this.#site.kill();
        await this.#begin(false);
        const [held] = parking.parked;
        if (held && arrives(point.mode)) {
          await this.#site.listed();
          await held.letGo('after the restart');
        }
      }
      await this.#healthy().catch((error: unknown) =>
        this.#report(describe(point), error instanceof Error ? error.message : String(error)),
      );
      if (reached) {
        this.#tried++;
        return;
      }
    }
    this.#report(describe(point), 'this point did not come about');
  }

  /** The provider is Ready, all objects are at rest, and nobody asks for anything. */
  async #healthy(): Promise<void> {
    const { world } = this.#site;
    await until(
      'all is well',
      async () => {
        await this.#keepAlive();
        const provider = await world.getProvider();
        const ready = findCondition(provider.status?.conditions, 'Ready');
        if (ready?.status !== 'True' || ready.observedGeneration !== provider.metadata.generation)
          return false;
        const picture = await this.#site.picture();
        if (!this.#objects.every((object) => atRest(picture, object))) return false;
        const quiet = performance.now() - Math.max(this.#site.lastCallAt, this.#site.lastOwnCallAt);
        return this.#site.swept && quiet > QUIET_MS;
      },
      { timeoutMs: 60_000, everyMs: 150 },
    );
  }

  /** As a kubelet does: a process that ends by itself is started again. */
  async #keepAlive(): Promise<void> {
    if (this.#site.operator?.hasEnded !== true) return;
    this.#site.journal.note(process, 'it ended by itself');
    await this.#begin(false);
  }

  #report(point: string, text: string): void {
    this.#violations.push({
      object: process,
      point,
      texts: [text],
      timeline: this.#site.journal.of(process).split('\n').slice(-40).join('\n'),
    });
  }
}
