import { covers, readNotRun } from './not-run.ts';
import { walksOf, type Command } from './commands.ts';
import { readPages, type Page } from './pages.ts';

/** What the pages have to run: their commands without those of docs/commands-not-run.md. */
export interface PageWalks {
  readonly page: Page;
  readonly walks: readonly (readonly Command[])[];
}

export const readWalks = async (): Promise<PageWalks[]> => {
  const notRun = await readNotRun();
  return (await readPages()).map((page) => ({
    page,
    walks: walksOf(page)
      .map((walk) => walk.filter((command) => !notRun.some((entry) => covers(entry, page.path, command))))
      .filter((walk) => walk.length > 0),
  }));
};

export const walksOfPage = async (path: string): Promise<PageWalks['walks']> => {
  const found = (await readWalks()).find(({ page }) => page.path === path);
  if (!found) throw new Error(`there is no page ${path}`);
  return found.walks;
};
