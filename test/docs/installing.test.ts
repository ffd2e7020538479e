import { describe, test } from 'vitest';
import { Stage } from './stage.ts';
import { installing } from './surroundings.ts';
import { walksOfPage } from './walks.ts';

/** Pages that begin with nothing: each way of each page has a cluster of its own. */
describe.each(installing)('$page', async ({ page, login, words, before, after }) => {
  const walks = (await walksOfPage(page)).map((commands, walk) => ({
    commands,
    walk,
    first: commands[0]?.name,
  }));
  test.each(walks)('$first', async ({ commands, walk }) => {
    await using stage = await Stage.start({ login });
    await before?.(stage, walk);
    await stage.run({ page, commands, ...(words && { words }) });
    await after?.(stage, walk);
  });
});
