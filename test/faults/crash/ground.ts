import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../../src/api/group.ts';
import { namespaces } from '../../../src/kube/resource.ts';
import { Strangers } from '../../helpers/invariants.ts';
import { Prober, readers } from '../../helpers/prober.ts';
import { until } from '../../helpers/until.ts';
import { endLateCredentials } from './limits.ts';
import { Neighbour } from './neighbour.ts';
import type { Violation } from './report.ts';
import type { Scenario } from './scenario.ts';
import { leading, type Picture, type Site } from './site.ts';

const QUIET_MS = 350;
const DRIVE_MS = 200;
const PROBE_MS = 250;
/** Long enough for a machine that has other things to do. */
const END_MS = 90_000;

/** A scenario on its site, and what was found there: what all parts of a campaign stand on. */
export class Ground {
  readonly scenario: Scenario;
  readonly violations: Violation[] = [];
  /** What is exactly one of the limits of docs/protocol.md, by its letter. */
  readonly limits = new Map<string, number>();
  site: Site;
  readonly #anotherSite: () => Promise<Site>;
  readonly #excused = new Set<string>();
  #probed: readonly string[] = [];
  #prober: Prober | undefined;
  /** Tokens that the prober asked for. */
  asked = 0;
  #strangers: Strangers | undefined;
  #looks = 0;

  constructor(scenario: Scenario, site: Site, anotherSite: () => Promise<Site>) {
    this.scenario = scenario;
    this.site = site;
    this.#anotherSite = anotherSite;
  }

  /** A new site with nothing on it; the former one's operator ends. */
  async move(): Promise<void> {
    await this.site.kill();
    this.site = await this.#anotherSite();
    await this.open();
  }

  /** From now on these are the ones whose credentials are asked with. */
  probe(objects: readonly string[]): void {
    this.#probed = objects;
  }

  /** Its published credential is about to be lost by a limit, or the object with it. */
  excuse(object: string): void {
    this.#excused.add(object);
  }

  /** The prober stops, and everybody who was refused is a violation. */
  async endProbing(): Promise<void> {
    const prober = this.#prober;
    this.#prober = undefined;
    await prober?.[Symbol.asyncDispose]();
    this.asked += prober?.asked ?? 0;
    for (const { object, text } of prober?.refusals ?? [])
      if (!this.#excused.has(object)) this.report(object, 'the prober', [text]);
  }

  /** I7: what was changed that is not ours. A namespace takes strangers with it, too. */
  async strangersHarmed(): Promise<readonly string[]> {
    if (this.scenario.fresh) return [];
    const { neighbour } = this.site;
    return [...((await this.#strangers?.violations()) ?? []), ...((await neighbour?.harmed()) ?? [])];
  }

  limit(letter: string): void {
    this.limits.set(letter, (this.limits.get(letter) ?? 0) + 1);
  }

  /** Has each of these looked at live, whatever was seen before. */
  async lookAgain(objects: readonly string[]): Promise<void> {
    const { world } = this.site;
    const picture = await this.site.picture();
    const token = `look-${++this.#looks}`;
    await Promise.all(
      objects
        .filter((object) => picture.objects.has(object))
        .map((object) =>
          world.patch(object, { metadata: { annotations: { [annotations.reconcileRequested]: token } } }),
        ),
    );
    await this.wait('looked again', (now) =>
      objects.filter((object) => {
        const status = now.objects.get(object)?.status;
        return now.objects.has(object) && status?.['lastHandledReconcileRequest'] !== token;
      }),
    );
  }

  /** Until what was asked for has come about, and it is quiet. */
  async finish(objects: readonly string[]): Promise<void> {
    const { done } = this.scenario;
    using _driving = this.keepDriving();
    await this.wait('done', async (picture) => {
      await endLateCredentials(this, picture, objects);
      return objects.filter((object) => !done(picture, object));
    });
    await this.quiet();
  }

  /** Does what a person does meanwhile, until it is disposed of. */
  keepDriving(): Disposable {
    const { drive } = this.scenario;
    let over = drive === undefined;
    const keep = async (): Promise<void> => {
      while (!over && drive) {
        const picture = await this.site.picture();
        for (const object of picture.objects.keys()) if (!over) await drive(this.site, picture, object);
        await sleep(DRIVE_MS);
      }
    };
    // What cannot be done now, because something has changed meanwhile, is done the next time.
    const kept = async (): Promise<void> => {
      while (!over) await keep().catch(() => sleep(DRIVE_MS));
    };
    void kept();
    return { [Symbol.dispose]: () => void (over = true) };
  }

  /** `open`: those for which it is not so yet. Objects that never come to an end are violations. */
  async wait(
    what: string,
    open: (picture: Picture) => readonly string[] | Promise<readonly string[]>,
  ): Promise<void> {
    let left: readonly string[] = [];
    await until(
      what,
      async () => {
        this.#keepAlive();
        left = await open(await this.site.picture());
        return left.length === 0;
      },
      { timeoutMs: END_MS, everyMs: 250 },
    ).catch(async (error: unknown) => {
      if (left.length === 0) throw error;
      const picture = await this.site.picture();
      for (const object of left)
        this.report(object, what, [
          `I10: it does not come to an end: ${JSON.stringify(picture.objects.get(object)?.status)}`,
        ]);
    });
  }

  /** Until no object has been asked about for a while. */
  async quiet(): Promise<void> {
    await until('silence', () => performance.now() - this.site.lastCallAt > QUIET_MS, {
      timeoutMs: 20_000,
      everyMs: 50,
    });
  }

  /** What the watchman saw since he was last asked. */
  breaches(point: (object: string) => string): void {
    for (const { object, text } of this.site.watchman.take()) this.report(object, point(object), [text]);
  }

  report(object: string, point: string, texts: readonly string[]): void {
    if (texts.length === 0) return;
    const timeline = this.site.journal.of(object);
    this.violations.push({ object, point, texts, timeline });
  }

  /** The first operator, and the provider. */
  async open(): Promise<void> {
    if (this.scenario.leaders) {
      // Whoever elects leaders expects its namespace to be there.
      const { kube, operatorNamespace: name } = this.site.world;
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await kube.create(namespaces, undefined, namespace);
    }
    if (this.scenario.neighbour) this.site.neighbour = await Neighbour.make(this.site.world);
    this.start();
    this.site.loses = this.scenario.loses;
    await this.site.provider(this.scenario.provider);
    this.#strangers = await Strangers.make(this.site.world);
    if (!this.scenario.probed) return;
    const { watchman } = this.site;
    this.#prober = new Prober(this.site.world, [readers((object) => watchman.overlapOf(object))], PROBE_MS);
    this.#prober.mayAsk = (object) => this.#probed.includes(object);
  }

  /** As a kubelet does: on a machine under load, who leads may be too late to renew its lease, and ends. */
  #keepAlive(): void {
    if (!this.scenario.leaders || this.site.operator?.hasEnded !== true) return;
    this.site.journal.note(undefined, 'the one that leads ended by itself');
    this.start();
  }

  start(): void {
    this.site.start(this.scenario.leaders ? leading : []);
  }
}
