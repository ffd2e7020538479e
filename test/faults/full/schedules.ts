import { availableParallelism } from 'node:os';
import { announce, nameOf } from '../simulation/failures.ts';
import type { Letter } from '../simulation/findings.ts';
import { openDefects } from '../simulation/open-defects.ts';
import { addTally, runSchedules, type Tally } from '../simulation/runner.ts';
import { seedsFrom } from '../simulation/seeds.ts';
import type { ProviderName } from '../simulation/upstreams/upstream.ts';
import type { Journal } from './journal.ts';

/** Half a minute: so much is run again after an end in the middle. */
const CHUNK = 250;

interface TallyLine {
  readonly provider: ProviderName;
  readonly schedules: number;
  readonly limits: readonly (readonly [Letter, number])[];
  readonly counts: readonly (readonly [string, number])[];
  readonly covered: readonly (readonly [string, number])[];
}

/** A chunk that has been run to its end. */
export interface Chunk {
  readonly from: number;
  readonly schedules: number;
  readonly seconds: number;
  readonly failures: readonly {
    readonly seed: string;
    readonly invariant: string;
    readonly text: string;
  }[];
  readonly tallies: readonly TallyLine[];
}

const lineOf = (provider: ProviderName, { schedules, limits, counts, covered }: Tally): TallyLine => ({
  provider,
  schedules,
  limits: [...limits],
  counts: [...counts],
  covered: [...covered],
});

const tallyOf = ({ schedules, limits, counts, covered }: TallyLine): Tally => ({
  schedules,
  limits: new Map(limits),
  counts: new Map(counts),
  covered: new Map(covered),
});

/** All chunks together. */
export const talliesOf = (chunks: readonly Chunk[]): ReadonlyMap<ProviderName, Tally> => {
  const tallies = new Map<ProviderName, Tally>();
  for (const line of chunks.flatMap((chunk) => chunk.tallies))
    tallies.set(line.provider, addTally(tallies.get(line.provider), tallyOf(line)));
  return tallies;
};

/** Runs what is not in the journal yet of so many schedules; each chunk is written down when it has ended. */
export const runChunks = async (
  journal: Journal<Chunk>,
  schedules: number,
  print: (text: string) => void,
): Promise<readonly Chunk[]> => {
  const chunks = [...(await journal.read())];
  const sum = (): number => chunks.reduce((all, chunk) => all + chunk.schedules, 0);
  if (chunks.length > 0) print(`${sum()} schedules have been run before`);
  while (sum() < schedules) {
    const from = 1 + Math.max(0, ...chunks.map((chunk) => chunk.from + CHUNK - 1));
    const begun = performance.now();
    // In a chunk of all, each provider has the numbers of its own share.
    const seeds = seedsFrom(from, CHUNK, undefined);
    const summary = await runSchedules({
      jobs: seeds.map((seed) => ({ seed })),
      workers: availableParallelism(),
      // All of them: this is a search.
      mostFailures: Infinity,
      onFailure: announce,
      onProgress: () => {},
    });
    const chunk: Chunk = {
      from,
      schedules: summary.schedules,
      seconds: Math.round((performance.now() - begun) / 1000),
      failures: summary.failures.map((failure) => {
        const [{ invariant, text } = { invariant: '', text: '' }] = failure.violations;
        return { seed: nameOf(failure), invariant, text };
      }),
      tallies: [...summary.tallies].map(([provider, tally]) => lineOf(provider, tally)),
    };
    await journal.append(chunk);
    chunks.push(chunk);
    print(`${sum()} of ${schedules} schedules, ${failuresOf(chunks).length} failures`);
  }
  return chunks;
};

/** Of all chunks, without those that are known and open. */
export const failuresOf = (chunks: readonly Chunk[]): Chunk['failures'] =>
  chunks.flatMap((chunk) => chunk.failures).filter(({ seed }) => !openDefects.has(seed));
