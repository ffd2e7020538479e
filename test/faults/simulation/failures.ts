import type { Violation } from './findings.ts';
import { print } from './print.ts';
import { regressions } from './regressions.ts';
import type { Failure } from './runner.ts';
import { formatSeed } from './seeds.ts';

export const printViolations = (violations: readonly Violation[]): void => {
  for (const { invariant, text, at } of violations)
    print(`  ${invariant} at ${(at / 1000).toFixed(3)} s: ${text}`);
};

/** Of the schedule that fails: its seed, or the regression. */
export const nameOf = ({ job }: Failure): string => ('seed' in job ? formatSeed(job.seed) : job.regression);

/** What fails, how it is run again, and all that is wrong. */
export const announce = ({ job, violations }: Failure): void => {
  if ('seed' in job) {
    const seed = formatSeed(job.seed);
    print(`seed ${seed} fails: npm run test:faults -- simulation --seed ${seed}`);
  } else {
    const why = regressions.find(({ name }) => name === job.regression)?.why;
    print(`regression ${job.regression} fails (${why})`);
  }
  printViolations(violations);
};
