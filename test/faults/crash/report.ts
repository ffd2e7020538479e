export interface Violation {
  readonly object: string;
  readonly point: string;
  readonly texts: readonly string[];
  readonly timeline: string;
}

/** What came of a scenario. */
export interface Result {
  readonly name: string;
  readonly calls: number;
  /** Points that were tried: a call and what became of it. */
  readonly tried: number;
  readonly secondKills: number;
  /** Points of contested calls that did not come about. */
  readonly missed: number;
  /** Tokens that the prober asked for, where there was one; who was refused is a violation. */
  readonly asked: number;
  readonly violations: readonly Violation[];
  /** What is exactly one of the limits of docs/protocol.md, by its letter. */
  readonly limits: ReadonlyMap<string, number>;
}

/** As a line of a journal. */
export type ResultLine = Omit<Result, 'limits'> & { readonly limits: readonly (readonly [string, number])[] };

export const lineOf = (result: Result): ResultLine => ({ ...result, limits: [...result.limits] });
export const resultOf = (line: ResultLine): Result => ({ ...line, limits: new Map(line.limits) });

/** At most so many together: an operator needs most of a core while it starts. */
const AT_ONCE = 3;

/** Lets so many of the scenarios run at one time. */
export class Slots {
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return {
      [Symbol.dispose]: () => {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#free++;
      },
    };
  }
}

/** Numbers that are the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const limitsOf = ({ limits }: Result): string =>
  [...limits].map(([letter, count]) => `${letter}: ${count}`).join(', ') || '–';

/** scenario × points tried × violations, as a table. */
export const table = (results: readonly Result[]): string => {
  const rows = results.map((result) => [
    result.name,
    String(result.calls),
    String(result.tried),
    String(result.missed),
    String(result.secondKills),
    String(result.asked),
    limitsOf(result),
    String(result.violations.length),
  ]);
  const sum = (of: (result: Result) => number): string =>
    String(results.reduce((total, result) => total + of(result), 0));
  const all = [
    ['scenario', 'calls', 'points', 'missed', 'second kills', 'tokens', 'limits', 'violations'],
    ...rows,
    [
      'all',
      sum(({ calls }) => calls),
      sum(({ tried }) => tried),
      sum(({ missed }) => missed),
      sum(({ secondKills }) => secondKills),
      sum(({ asked }) => asked),
      '',
      sum(({ violations }) => violations.length),
    ],
  ];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
};

/** What was violated, with everything that happened to the object, in words. */
export const stories = ({ name, violations }: Result): string =>
  violations
    .map(
      ({ object, point, texts, timeline }) =>
        `${name}: ${object} (${point})\n  ${texts.join('\n  ')}\n${timeline}`,
    )
    .join('\n\n');
