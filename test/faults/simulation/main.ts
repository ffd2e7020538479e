import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { codeOf } from '../code.ts';
import { choose } from './choose.ts';
import { corpus } from './corpus.ts';
import { announce, nameOf, printViolations } from './failures.ts';
import { generate } from './generate.ts';
import { openDefects } from './open-defects.ts';
import { print, printCounts, printLimits, printTallies } from './print.ts';
import { regressions } from './regressions.ts';
import { runSchedules, type Failure } from './runner.ts';
import type { Schedule } from './schedule.ts';
import { formatSeed, parseSeed, providerOf, type Seed, seedsFrom } from './seeds.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

const SHRUNK = 3;
const MOST_FAILURES = 20;
/** What goes on for hours repeats itself. */
const MOST_LINES = 300;
const PROGRESS_MS = 10_000;

const asBefore =
  (invariant: string) =>
  async (schedule: Schedule): Promise<boolean> =>
    (await simulate(schedule)).violations.some((violation) => violation.invariant === invariant);

/** Shrunk, with its timeline. */
const explain = async ({ job, violations }: Failure): Promise<void> => {
  const [first] = violations;
  if (!first || first.invariant === 'crash' || !('seed' in job)) return;
  const { seed } = job;
  const small = await shrink(generate(seed), asBefore(first.invariant));
  const { timeline, violations: left } = await simulate(small, true);
  print(`\nseed ${formatSeed(seed)} with ${small.steps.length} steps left:`);
  for (const line of timeline.slice(0, MOST_LINES)) print(line);
  if (timeline.length > MOST_LINES) print(`… and ${timeline.length - MOST_LINES} lines more`);
  printViolations(left);
  print(JSON.stringify(small));
};

type OnCovered = (seed: Seed, covered: readonly string[]) => void;

const runAll = async (seeds: readonly Seed[], onCovered?: OnCovered): Promise<boolean> => {
  const begun = performance.now();
  let told = begun;
  const rate = (done: number): string =>
    `${done} schedules, ${(done / ((performance.now() - begun) / 1000)).toFixed(1)} a second`;
  const summary = await runSchedules({
    // What once failed comes first.
    jobs: [...regressions.map(({ name }) => ({ regression: name })), ...seeds.map((seed) => ({ seed }))],
    workers: availableParallelism(),
    mostFailures: MOST_FAILURES,
    onFailure: announce,
    onReport: (job, { covered }) => {
      if ('seed' in job) onCovered?.(job.seed, covered);
    },
    onProgress: (done, failures) => {
      if (performance.now() - told < PROGRESS_MS) return;
      told = performance.now();
      print(`${rate(done)}, ${failures} failures`);
    },
  });
  const failed = summary.failures.filter(({ job }) => 'regression' in job).length;
  print(`${rate(summary.schedules)}, ${summary.failures.length} failures`);
  print(`${regressions.length - failed} of ${regressions.length} regressions hold`);
  printTallies(summary.tallies);
  const failing = new Set(summary.failures.map(nameOf));
  const news = summary.failures.filter((failure) => !openDefects.has(nameOf(failure)));
  const healed = seeds.map(formatSeed).filter((seed) => openDefects.has(seed) && !failing.has(seed));
  for (const [seed, what] of openDefects) if (failing.has(seed)) print(`open: seed ${seed}: ${what}`);
  for (const seed of healed) print(`seed ${seed} does not fail any more: take it off open-defects.ts`);
  for (const failure of news.slice(0, SHRUNK)) await explain(failure);
  return news.length === 0 && healed.length === 0;
};

const replay = async (schedule: Schedule): Promise<boolean> => {
  const { violations, limits, counts, timeline } = await simulate(schedule, true);
  for (const line of timeline) print(line);
  printLimits(limits);
  printCounts(counts);
  print(violations.length === 0 ? 'no violations' : `${violations.length} violations`);
  printViolations(violations);
  return violations.length === 0;
};

const ofProvider = ({ provider }: Seed, covered: readonly string[]): readonly string[] =>
  covered.map((what) => `${provider} ${what}`);

/** A few of the seeds that come to all that they come to together are written down. */
const chooseCorpus = async (seeds: readonly Seed[]): Promise<boolean> => {
  const covered = new Map<string, readonly string[]>();
  const isWell = await runAll(seeds, (seed, things) =>
    covered.set(formatSeed(seed), ofProvider(seed, things)),
  );
  // In the order of the seeds, not in that in which they ended.
  const ordered = new Map(
    seeds.map(formatSeed).flatMap((seed) => {
      const things = openDefects.has(seed) ? undefined : covered.get(seed);
      return things ? [[seed, things] as const] : [];
    }),
  );
  const chosen = choose(ordered);
  const covers = new Set([...ordered.values()].flat()).size;
  const file = join(import.meta.dirname, 'corpus.ts');
  const before = await readFile(file, 'utf8');
  const fields = `of: ${seeds.length}, covers: ${covers}, seeds: '${chosen.join(' ')}'`;
  await writeFile(
    file,
    before.replace(/\{[^}]*\}/, () => `{ ${fields} }`),
  );
  print(`${chosen.length} of ${seeds.length} seeds come to all ${covers} things`);
  return isWell;
};

/** What the corpus came to when it was chosen, and a little less: a change of the operator takes other ways. */
const STILL = 0.9;

const runCorpus = async (): Promise<boolean> => {
  const covered = new Set<string>();
  const isWell = await runAll(corpus.seeds.split(' ').map(parseSeed), (seed, things) => {
    for (const thing of ofProvider(seed, things)) covered.add(thing);
  });
  print(`the corpus comes to ${covered.size} things, and came to ${corpus.covers} when it was chosen`);
  if (covered.size >= STILL * corpus.covers) return isWell;
  print('that is too little: choose it anew by `npm run test:faults -- simulation --choose`');
  return false;
};

const root = join(import.meta.dirname, '../../..');
/** Below are the seeds that somebody has looked at before. */
const FRESH_FROM = 1_000_000;

/** Where the seeds begin that this state of the sources is tried with: others for each, and always the same for one. */
const freshFrom = async (): Promise<number> =>
  FRESH_FROM + Number.parseInt((await codeOf(root)).slice(0, 7), 16);

/** The command line of the simulation; see CONTRIBUTING.md. Resolves with whether all is well. */
export const simulation = async (args: readonly string[]): Promise<boolean> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      schedules: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      /** From a number that the sources give. */
      fresh: { type: 'boolean', default: false },
      /** Left out: all of them, in their shares. */
      provider: { type: 'string' },
      /** `4031`, or `scalekit-4031`. */
      seed: { type: 'string' },
      /** A schedule as JSON, as a failure prints it. */
      schedule: { type: 'string' },
      shrink: { type: 'boolean', default: false },
      /** The chosen seeds alone. */
      corpus: { type: 'boolean', default: false },
      /** Chooses them anew, out of those that are run. */
      choose: { type: 'boolean', default: false },
    },
  });
  if (values.schedule !== undefined)
    return await replay(JSON.parse(await readFile(values.schedule, 'utf8')) as Schedule);
  if (values.corpus) return await runCorpus();
  if (values.seed === undefined) {
    const provider = values.provider === undefined ? undefined : providerOf(values.provider);
    const from = values.fresh ? await freshFrom() : Number(values.from);
    if (values.fresh) print(`fresh seeds: --from ${from} --schedules ${values.schedules}`);
    const seeds = seedsFrom(from, Number(values.schedules), provider);
    return await (values.choose ? chooseCorpus(seeds) : runAll(seeds));
  }
  const seed = parseSeed(values.seed);
  if (!values.shrink) return await replay(generate(seed));
  const { violations } = await simulate(generate(seed));
  announce({ job: { seed }, violations });
  await explain({ job: { seed }, violations });
  return violations.length === 0;
};
