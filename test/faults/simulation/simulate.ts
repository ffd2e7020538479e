import { carryOutAct } from './acts.ts';
import type { Letter, Violation } from './findings.ts';
import { LeakSearch } from './leak-search.ts';
import { keepsPlans } from './plans.ts';
import { endPlans, putRight, takeBackRequests } from './put-right.ts';
import { countEstranged, unrest } from './rest.ts';
import type { Schedule } from './schedule.ts';
import { Timeline } from './timeline.ts';
import { keyOf } from './truth.ts';
import { World, type Deeds } from './world.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly limits: ReadonlyMap<Letter, number>;
  readonly counts: ReadonlyMap<string, number>;
  /** What it came to: see `Coverage`. */
  readonly covered: readonly string[];
  readonly timeline: readonly string[];
}

const MINUTE_MS = 60_000;
/** After the last step, before the faults are over. */
const AFTERMATH_MS = 10_000;
/** Longer than an operation that is waited for, twice, and longer than what brings it back. */
const DEFINITION_MS = 15 * MINUTE_MS;
const LOOK_MS = 30_000;
const SHORT_LOOK_MS = 5_000;
const SOON_MS = 10 * MINUTE_MS;
/** Longer than every overlap, backoff and jump of a clock in a schedule. */
const PATIENCE_MS = 4 * 60 * MINUTE_MS;

/** One schedule, from an empty cluster to silence. The same schedule always has the same outcome, to the letter. */
export const simulate = async (schedule: Schedule, keepTimeline = false): Promise<Outcome> => {
  const timeline = new Timeline(keepTimeline);
  const world = new World(schedule, timeline);
  const { agenda, findings } = world;
  for (let place = 0; place < schedule.settings.replicas; place++)
    world.startReplica(String.fromCharCode(65 + place));
  for (const { at, act, namespace } of schedule.steps)
    agenda.at(at, () => carryOutAct(world, act, namespace));
  await world.run(Math.max(0, ...schedule.steps.map(({ at }) => at)) + AFTERMATH_MS);
  await endFaults(world);
  if (schedule.settings.watchesPlans === true) await keepsPlans(world);
  endPlans(world);
  if (await comesToRest(world)) {
    world.observer.reports.settle();
    countEstranged(world);
    await keepsSilence(world);
    await startsQuietly(world);
  }
  noLeak(world);
  for (const replica of world.replicas.values()) replica.kill();
  const { violations, limits, counts } = findings;
  return { violations, limits, counts, covered: [...world.coverage.met], timeline: timeline.lines };
};

const endFaults = async (world: World): Promise<void> => {
  const { agenda, timeline } = world;
  // Much was lost at once: it stays so until a person looks, and the operator has had time to be wrong.
  if (world.observer.massSince !== undefined) await world.run(agenda.now + 15 * MINUTE_MS);
  timeline.say(agenda.now, '--- the faults are over');
  world.weather.calm();
  world.admission.calm();
  world.fleet.calm();
  world.upstream.setQuota(0);
  world.upstream.setSubject(true);
  world.giveCredential();
  takeBackRequests(world);
  for (const [place, replica] of world.replicas) {
    world.setClock(place, 0);
    replica.resume();
    if (!replica.alive) world.restartLater(place, 0);
  }
  await definitionIsBack(world);
  await holdsDeletions(world);
  await stopsWhereTakenOver(world);
};

/** Deleted with all its objects, it is gone soon, and then somebody brings it back. */
const definitionIsBack = async (world: World): Promise<void> => {
  const { definition, agenda, findings } = world;
  const end = agenda.now + DEFINITION_MS;
  while (definition.busy && agenda.now < end) await world.run(agenda.now + SHORT_LOOK_MS);
  if (definition.busy) findings.violation('I10', 'the definition is still being deleted');
};

/** What is held stays so until somebody confirms, however long that takes. */
const holdsDeletions = async (world: World): Promise<void> => {
  const { agenda, cluster, observer } = world;
  if (!cluster.machineClients().some((object) => observer.hold.isHeld(object))) return;
  await world.run(agenda.now + resync(world) + 2 * MINUTE_MS);
  const asks = world.providers().some(({ status }) => status?.massChange !== undefined);
  observer.hold.mustAsk(cluster.machineClients(), asks);
};

/** Somebody has to notice that two clusters have one id: until then the one that was taken over stands still. */
const stopsWhereTakenOver = async (world: World): Promise<void> => {
  const { agenda, cluster, observer, rival } = world;
  if (!rival.cluster) return;
  await world.run(agenda.now + 2 * resync(world) + 2 * MINUTE_MS);
  for (const { name, alive } of world.replicas.values())
    if (alive) observer.takeover.mustSay(name, cluster.machineClients(), keyOf);
  if (rival.replica) observer.takeover.mustSay(rival.replica.name, rival.cluster.machineClients(), keyOf);
  world.timeline.say(agenda.now, '--- the other cluster gets an id of its own');
  rival.leave();
};

/** In the end everything is as it must be. */
const comesToRest = async (world: World): Promise<boolean> => {
  const { agenda, findings } = world;
  const end = agenda.now + PATIENCE_MS;
  const soon = agenda.now + SOON_MS;
  // A sweep later everything has been seen that was done behind the operator's back.
  let since: number | undefined;
  while (agenda.now < end) {
    await world.run(agenda.now + LOOK_MS);
    const left = unrest(world);
    // What ends by itself is put right by its end at the latest: the operator must not wait for that.
    const waits = world.upstream.style === 'ephemeral' && agenda.now > soon && agenda.now <= soon + LOOK_MS;
    for (const { invariant, text } of waits ? left.filter((one) => one.invariant === 'drift') : [])
      findings.violation(invariant, `${text}, and nothing is done about it`);
    if (left.length > 0) {
      since = undefined;
      putRight(world);
    } else if (since === undefined) since = agenda.now;
    else if (agenda.now - since > resync(world) + LOOK_MS) return true;
  }
  for (const { invariant, text } of unrest(world)) findings.violation(invariant, text);
  return false;
};

const resync = (world: World): number => Number.parseInt(world.schedule.settings.resync, 10) * MINUTE_MS;

const forget = (world: World): void => {
  world.deeds = { kubeWrites: [], upstreamWrites: [], looks: [] };
};

/** What ends by itself is issued anew all the time: the most that this may cost since then, in requests. */
const REQUESTS_OF_AN_ISSUE = 7;
const issues = ({ upstream, agenda, cluster }: World, since: number): number => {
  if (upstream.style !== 'ephemeral') return 0;
  const lives = cluster.published().map(({ value }) => upstream.lifeOf(value) ?? Number.POSITIVE_INFINITY);
  return lives.reduce((sum, life) => sum + Math.ceil((agenda.now - since) / (life / 2)), 0);
};

const complain = (world: World, invariant: string, deeds: readonly string[], most = 0): void => {
  if (deeds.length > most) world.findings.violation(invariant, `${deeds.length} times, first: ${deeds[0]}`);
};

/** I9 */
const keepsSilence = async (world: World): Promise<void> => {
  const since = world.agenda.now;
  world.timeline.say(world.agenda.now, '--- it is silent');
  forget(world);
  const end = since + 2 * resync(world) + MINUTE_MS;
  // What ends by itself could end between two looks that are far apart.
  const look = world.upstream.style === 'ephemeral' ? SHORT_LOOK_MS : end - since;
  while (world.agenda.now < end) {
    await world.run(Math.min(end, world.agenda.now + look));
    const [first] = unrest(world);
    if (first) world.findings.violation(first.invariant, `${first.text}, after all was at rest`);
  }
  const { kubeWrites, upstreamWrites }: Deeds = world.deeds;
  const most = issues(world, since);
  complain(world, 'I9', kubeWrites, most * REQUESTS_OF_AN_ISSUE);
  complain(world, 'I9', upstreamWrites, most);
};

/** I8 */
const startsQuietly = async (world: World): Promise<void> => {
  const since = world.agenda.now;
  world.timeline.say(since, '--- all processes start again');
  forget(world);
  for (const place of world.replicas.keys()) {
    world.killReplica(place);
    world.startReplica(place);
  }
  await world.run(world.agenda.now + MINUTE_MS);
  const { kubeWrites, upstreamWrites, looks }: Deeds = world.deeds;
  const most = issues(world, since);
  complain(world, 'I8', kubeWrites, most * REQUESTS_OF_AN_ISSUE);
  complain(world, 'I8', [...upstreamWrites, ...looks], most);
};

/** I6: every secret that was ever issued, in everything that anybody can read. */
const noLeak = (world: World): void => {
  const values = [...world.upstream.issued()];
  const needles = values.flatMap((value) => [
    value,
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ]);
  const leaks = new LeakSearch(needles);
  const shown = world.cluster.texts().map(([where, text]) => [where, Buffer.from(text)] as const);
  for (const [where, text] of [['the log', world.said] as const, ...shown])
    if (leaks.in(text)) world.findings.violation('I6', `a secret is in ${where}`);
};
