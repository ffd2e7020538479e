import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { rules } from '../decisions/rules.ts';
import { anchorsOf, prose } from './anchors.ts';
import { readPages, root } from './pages.ts';

test('every link of the pages leads somewhere', async () => {
  const pages = await readPages();
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  const dead: string[] = [];
  let followed = 0;
  for (const { path, text } of pages)
    for (const [, target = ''] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      followed++;
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : relative(root, join(root, dirname(path), file));
      const exists = await stat(join(root, to)).then(
        () => true,
        () => false,
      );
      const known = anchors.get(to);
      if (!exists || (anchor !== undefined && known !== undefined && !known.has(anchor)))
        dead.push(`${path}: ${target}`);
    }
  expect(followed).toBeGreaterThan(50);
  expect(dead).toEqual([]);
});

test('every page of docs/ can be reached from docs/README.md', async () => {
  const pages = await readPages();
  const seen = new Set<string>();
  const follow = (path: string): void => {
    const page = pages.find((each) => each.path === path);
    if (!page || seen.has(path)) return;
    seen.add(path);
    for (const [, target = ''] of prose(page.text).matchAll(/\]\(([^)\s#]+)/g))
      follow(relative(root, join(root, dirname(path), target)));
  };
  follow('docs/README.md');
  expect(pages.map(({ path }) => path).filter((path) => !seen.has(path))).toEqual([]);
});

test('every rule of the decision tables names a page, and a heading on it, that asks for it', async () => {
  const anchors = new Map((await readPages()).map(({ path, text }) => [path, anchorsOf(text)]));
  const dead = rules.filter(({ from }) => {
    const [file = '', anchor] = from.split('#');
    const known = anchors.get(file);
    return known === undefined || (anchor !== undefined && !known.has(anchor));
  });
  expect(dead.map(({ name, from }) => `${name}: ${from}`)).toEqual([]);
});

test('the index of the decisions has each of them once, in the order of their numbers, under its title', async () => {
  const pages = (await readPages()).filter(({ path }) => /^docs\/decisions\/[0-9]/.test(path));
  const index = (await readPages()).find(({ path }) => path === 'docs/decisions/README.md')?.text ?? '';
  const lines = pages
    .map(({ path, text }) => [path.slice('docs/decisions/'.length), /^# (.*)$/m.exec(text)?.[1]])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([file, title]) => `* [${title}](${file})`);
  expect(index.split('\n').filter((line) => line.startsWith('* '))).toEqual(lines);
});
