import { expect, test } from 'vitest';
import { commandsOf, walksOf } from './commands.ts';
import { covers, listPath, parseNotRun, readNotRun } from './not-run.ts';
import { blocksOf, readPages } from './pages.ts';
import { installing, using } from './surroundings.ts';
import { readWalks } from './walks.ts';

/** Nothing is left out: what is neither run nor listed, and what is listed for nothing. */
const surroundings = [...installing, ...using];

test('every command is run, or listed with a reason', async () => {
  const walks = await readWalks();
  const unaccounted = walks
    .filter(({ page }) => surroundings.every((each) => each.page !== page.path))
    .flatMap(({ page, walks }) => walks.flat().map(({ line, name }) => `${page.path}:${line}: ${name}`));
  expect(unaccounted, `run them (test/docs/surroundings.ts), or list them in ${listPath}`).toEqual([]);
});

test('every row of the list has a reason and is needed', async () => {
  const pages = await readPages();
  const list = await readNotRun();
  expect(list.length).toBeGreaterThan(0);
  expect(list.filter(({ reason }) => reason === '')).toEqual([]);
  const idle = list.filter((entry) =>
    pages.every(
      (page) =>
        !walksOf(page)
          .flat()
          .some((command) => covers(entry, page.path, command)),
    ),
  );
  expect(idle.map(({ page, command }) => `${page}: ${command}`)).toEqual([]);
});

test('every page of the table is there and has something to run', async () => {
  const walks = await readWalks();
  const running = walks.filter(({ walks }) => walks.length > 0).map(({ page }) => page.path);
  expect(running.toSorted()).toEqual(surroundings.map(({ page }) => page).toSorted());
});

test('a command goes on over its lines, and is known without its comments', () => {
  const text = 'one \\\n  --two   # why\n\n# alone\nthree "#4" | five';
  expect(commandsOf({ text, line: 10 })).toEqual([
    { text: 'one \\\n  --two   # why', name: 'one --two', line: 10 },
    { text: 'three "#4" | five', name: 'three "#4" | five', line: 14 },
  ]);
});

test('blocks are found with their language, their line and their indentation', () => {
  const page =
    'a\n```sh\nb\n```\n* c\n  ```yaml\n  d:\n    e: 1\n  ```\n<!-- on a fresh cluster -->\n\n```sh\nf\n```\n';
  expect(blocksOf(page)).toEqual([
    { language: 'sh', line: 3, text: 'b', fresh: false },
    { language: 'yaml', line: 7, text: 'd:\n  e: 1', fresh: false },
    { language: 'sh', line: 13, text: 'f', fresh: true },
  ]);
});

test('a row stands for one command of one page, or for all that begin so', () => {
  const [exact, open] = parseNotRun(
    '| page | command | why not |\n| --- | --- | --- |\n| `a.md` | `b \\| c` | d |\n| `a.md` | `e …` | f |\n',
  );
  expect(exact).toEqual({ page: 'a.md', command: 'b | c', reason: 'd' });
  const command = (name: string) => ({ name, text: name, line: 1 });
  const covered = (entry: typeof exact, page: string, name: string) =>
    entry !== undefined && covers(entry, page, command(name));
  expect(covered(exact, 'a.md', 'b | c')).toBe(true);
  expect(covered(exact, 'a.md', 'b | c d')).toBe(false);
  expect(covered(exact, 'z.md', 'b | c')).toBe(false);
  expect(covered(open, 'a.md', 'e f')).toBe(true);
  expect(covered(open, 'a.md', 'g e f')).toBe(false);
});
