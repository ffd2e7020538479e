import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { readPages, root } from './pages.ts';

/** As GitHub makes them. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const prose = (text: string): string => text.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '');
const anchorsOf = (text: string): Set<string> =>
  new Set([...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));

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
