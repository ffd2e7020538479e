/** `npm run bench`: how fast and how frugal the operator is. Prints a table and writes JSON; see --help. */
import { writeFile } from 'node:fs/promises';
import { settings } from '../../src/config.ts';
import { asError } from '../../src/runtime/errors.ts';
import { type HostileAnswers, measureHostileAnswers } from './answers.ts';
import { measureAtRest } from './at-rest.ts';
import { type Deletions, measureDeletions } from './deletions.ts';
import { measureDueTogether } from './due-together.ts';
import { type Footprint, measureFootprint } from './footprint.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { loadNow, machine, render, type Results } from './report.ts';
import { runSeries, type Series } from './series.ts';
import { Site } from './site.ts';
import { buildBundle, Stage } from './stage.ts';
import { measureSweeps } from './sweeps.ts';

/** Of the provider, while many rotations are due. */
const DUE_LATENCY_MS = 50;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const measure = async (options: Options, signal: AbortSignal): Promise<Results> => {
  const startedAt = new Date().toISOString();
  const before = loadNow();
  const { concurrency = settings.concurrency.fallback, lightClients } = options;
  const entry = options.entry ?? (await buildBundle());
  // A control plane for each, so that none is measured on what another one left behind.
  const makeStage = (): Promise<Stage> =>
    Stage.make({ entry, concurrency, nodeFlags: options.nodeFlags, say, signal });
  const onSite = async <T>(latencyMs: number, work: (site: Site) => Promise<T>): Promise<T> => {
    await using stage = await makeStage();
    await using site = await Site.make(stage, latencyMs);
    return await work(site);
  };
  const { dueTogether: together, dueTogetherOnly, sweepsOnly, footprintOnly, accountClients } = options;
  const { networkOnly } = options;
  const onlyOthers = dueTogetherOnly || sweepsOnly || footprintOnly || networkOnly;
  const footprint: Footprint[] = [];
  if (options.footprintClients.length > 0) {
    await using stage = await makeStage();
    const { versus, versusFlags, nodeFlags } = options;
    const programs = [
      { entry, nodeFlags },
      ...(versus === undefined ? [] : [{ entry: versus, nodeFlags: versusFlags }]),
    ];
    const { footprintClients: clients, footprintStarts: starts, footprintRuns: memoryRuns } = options;
    const { foreignSecrets } = options;
    footprint.push(
      ...(await measureFootprint(stage, { programs, clients, foreignSecrets, starts, memoryRuns, say })),
    );
  }
  const series: Series[] = [];
  for (const latencyMs of onlyOthers ? [] : options.latencies)
    for (const clients of options.clients)
      series.push(
        await onSite(latencyMs, (site) => runSeries(site, { clients, latencyMs, lightClients, say })),
      );
  const clients = Math.max(...options.clients);
  const atRest =
    options.seriesOnly || onlyOthers
      ? undefined
      : await onSite(0, (site) => measureAtRest(site, { ...options, clients, say }));
  const dueTogether =
    together === 0 || sweepsOnly || footprintOnly || networkOnly
      ? undefined
      : await onSite(DUE_LATENCY_MS, (site) => measureDueTogether(site, { clients: together, say }));
  const sweeps = accountClients === 0 ? [] : await measureSweeps(accountClients, say);
  let deletions: Deletions | undefined;
  let hostileAnswers: HostileAnswers[] = [];
  if (options.deletions > 0) {
    await using stage = await makeStage();
    deletions = await measureDeletions(stage, options.deletions);
    hostileAnswers = await measureHostileAnswers(options.nodeFlags, say);
  }
  const load = [before, loadNow()] as const;
  return {
    machine: machine(),
    startedAt,
    concurrency,
    load,
    footprint,
    series,
    atRest,
    dueTogether,
    sweeps,
    deletions,
    hostileAnswers,
  };
};

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        const reason = new Error(`ended by ${signal}`);
        stop.abort(reason);
        reject(reason);
      });
  });
  const results = await Promise.race([measure(options, stop.signal), stopped]);
  await writeFile(options.json, `${JSON.stringify(results, undefined, 2)}\n`);
  process.stdout.write(`${render(results)}\nresults: ${options.json}\n`);
};

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : (asError(error).stack ?? '')}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
