import { letters, type Letter } from './findings.ts';
import type { Tally } from './runner.ts';
import { providerNames, type ProviderName } from './upstreams/upstream.ts';

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export const printLimits = (limits: ReadonlyMap<Letter, number>): void => {
  const counted = letters.flatMap((letter) =>
    limits.has(letter) ? [`${letter} ${limits.get(letter)}`] : [],
  );
  print(`  limits of the protocol met: ${counted.length === 0 ? 'none' : counted.join(', ')}`);
};

export const printCounts = (counts: ReadonlyMap<string, number>): void => {
  const counted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  print(`  counted: ${counted.map(([what, count]) => `${what} ${count}`).join(', ')}`);
};

/** Of each kind of what was come to: how much of it, and how much by one schedule alone. */
const printCovered = (covered: ReadonlyMap<string, number>): void => {
  const kinds = Map.groupBy(covered, ([what]) => what.split(':', 1)[0] ?? '');
  const said = [...kinds]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, all]) => `${kind} ${all.length} (once ${all.filter(([, times]) => times === 1).length})`);
  print(`  came to: ${said.join(', ')}`);
};

/** What was met, by provider. */
export const printTallies = (tallies: ReadonlyMap<ProviderName, Tally>): void => {
  for (const name of providerNames) {
    const tally = tallies.get(name);
    if (!tally) continue;
    print(`${name}: ${tally.schedules} schedules`);
    printLimits(tally.limits);
    printCounts(tally.counts);
    printCovered(tally.covered);
  }
};
