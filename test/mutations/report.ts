import { equivalents } from './equivalents.ts';
import type { Scope } from './scopes.ts';

interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

interface Mutant {
  readonly location: { readonly start: Place; readonly end: Place };
  readonly replacement: string;
  readonly status: string;
}

/** As far as it is read: https://github.com/stryker-mutator/mutation-testing-elements (mutation-testing-report-schema). */
export interface Found {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

export interface Result {
  readonly noticed: number;
  readonly equivalent: number;
  /** One line each. */
  readonly survivors: readonly string[];
  /** Of what is not equivalent, 0 to 100. */
  readonly percent: number;
}

const offsetOf = (source: string, { line, column }: Place): number =>
  source
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, text) => sum + text.length + 1, column - 1);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** A runner that broke has noticed nothing: that mutation was not tried. */
const noticing = new Set(['Killed', 'Timeout']);
const surviving = new Set(['Survived', 'NoCoverage']);

export const resultOf = ({ files }: Found): Result => {
  let [noticed, equivalent] = [0, 0];
  const survivors: string[] = [];
  for (const [file, { source, mutants }] of Object.entries(files))
    for (const { location, replacement, status } of mutants) {
      if (noticing.has(status)) noticed++;
      if (!surviving.has(status)) continue;
      const original = oneLine(
        source.slice(offsetOf(source, location.start), offsetOf(source, location.end)),
      );
      const by = oneLine(replacement);
      const isEquivalent = equivalents.some(
        (one) => one.file === file && one.original === original && one.replacement === by,
      );
      if (isEquivalent) equivalent++;
      else
        survivors.push(
          `${file}:${location.start.line}:${location.start.column} ${status}: ${original} → ${by}`,
        );
    }
  const all = noticed + survivors.length;
  return { noticed, equivalent, survivors, percent: all === 0 ? 100 : (100 * noticed) / all };
};

export const table = ({ name, floor }: Scope, { noticed, equivalent, survivors, percent }: Result): string =>
  [
    ...survivors,
    `${name}: ${noticed} noticed, ${survivors.length} not, ${equivalent} equivalent: ${percent.toFixed(1)} % (at least ${floor} %)`,
  ].join('\n');
