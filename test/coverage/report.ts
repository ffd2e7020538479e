import { reasons } from './reasons.ts';

interface Range {
  readonly start: { readonly line: number };
}

/** Of one file, as far as it is read: https://github.com/istanbuljs/istanbuljs/tree/main/packages/istanbul-lib-coverage. */
interface FileCoverage {
  readonly statementMap: Readonly<Record<string, Range>>;
  readonly s: Readonly<Record<string, number>>;
  /** Of each branch: how often each of its ways was taken. */
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** By path from the root of the project. */
export type Coverage = Readonly<Record<string, FileCoverage>>;

interface Count {
  readonly all: number;
  readonly met: number;
}

const count = (times: readonly number[]): Count => ({
  all: times.length,
  met: times.filter((one) => one > 0).length,
});

const sum = (counts: readonly Count[]): Count => ({
  all: counts.reduce((total, { all }) => total + all, 0),
  met: counts.reduce((total, { met }) => total + met, 0),
});

const say = ({ all, met }: Count): string =>
  all === 0 ? '–' : `${met} of ${all} (${((100 * met) / all).toFixed(1)} %)`;

/** `12`, `14–18`. */
const ranges = (lines: readonly number[]): string => {
  const said: [number, number][] = [];
  for (const line of lines) {
    const last = said.at(-1);
    if (last && line <= last[1] + 1) last[1] = line;
    else said.push([line, line]);
  }
  return said.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
};

/** Lines on which a statement begins that nothing has come to. */
const unmet = ({ statementMap, s }: FileCoverage): readonly number[] => {
  const lines = Object.entries(s).flatMap(([id, times]) =>
    times > 0 ? [] : (statementMap[id]?.start.line ?? []),
  );
  return [...new Set(lines)].toSorted((one, other) => one - other);
};

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/'));

/** Statements and branches by folder, as rows of a table. */
export const byFolder = (coverage: Coverage): readonly (readonly string[])[] => {
  const folders = Map.groupBy(Object.entries(coverage), ([file]) => folderOf(file));
  const row = (name: string, files: readonly FileCoverage[]): readonly string[] => [
    name,
    say(sum(files.map(({ s }) => count(Object.values(s))))),
    say(sum(files.map(({ b }) => count(Object.values(b).flat())))),
  ];
  return [
    ...[...folders]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([folder, files]) =>
        row(
          folder,
          files.map(([, file]) => file),
        ),
      ),
    row('all', Object.values(coverage)),
  ];
};

/** The reason of the file, else of the innermost folder that has one. */
const reasonOf = (file: string): string | undefined =>
  reasons.get(file) ?? (file.includes('/') ? reasonOf(folderOf(file)) : undefined);

/** Each file with lines that nothing comes to, and the reason that is known. */
export const uncovered = (
  coverage: Coverage,
): readonly { readonly file: string; readonly lines: string; readonly reason: string | undefined }[] =>
  Object.entries(coverage)
    .map(([file, found]) => ({ file, lines: ranges(unmet(found)), reason: reasonOf(file) }))
    .filter(({ lines }) => lines !== '')
    .toSorted((one, other) => (one.file < other.file ? -1 : 1));

/** Reasons of files and folders of which every line is come to, or which are not there any more. */
export const outdated = (coverage: Coverage): readonly string[] => {
  const files = uncovered(coverage).map(({ file }) => file);
  return [...reasons.keys()].filter(
    (name) => !files.some((file) => file === name || file.startsWith(`${name}/`)),
  );
};
