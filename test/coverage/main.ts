import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runTool } from '../helpers/run-tool.ts';
import { byFolder, type Coverage, outdated, uncovered } from './report.ts';

/**
 * `npm run test:coverage`: which statements and branches of `src` the fast tests come to, by folder, and each line that
 * they do not come to, with the reason (`reasons.ts`). It asks for no percentage: a line that is come to is not yet one
 * that a test guards, which is what `npm run test:mutations` finds out. Ends with 1 where a line has no reason, or a
 * reason no line. The page with the source is `.cache/coverage/index.html`.
 */

const root = join(import.meta.dirname, '../..');

const args = ['run', '--config', 'test/coverage/vitest.config.ts', '--reporter=dot'];
if (await runTool('vitest', args)) {
  const found = JSON.parse(await readFile(join(root, '.cache/coverage/coverage.json'), 'utf8')) as Coverage;
  const coverage = Object.fromEntries(
    Object.entries(found).map(([file, one]) => [relative(root, file), one]),
  );
  for (const [folder = '', statements = '', branches = ''] of byFolder(coverage))
    console.log(`${folder.padEnd(42)} ${statements.padEnd(22)} ${branches}`);
  const files = uncovered(coverage);
  for (const [reason, alike] of Map.groupBy(files, (one) => one.reason)) {
    console.log(`\n${reason ?? 'Nobody has said why:'}`);
    for (const { file, lines } of alike) console.log(`  ${file}: ${lines}`);
  }
  const old = outdated(coverage);
  for (const name of old) console.log(`\n${name} has a reason in reasons.ts, and no such line any more`);
  if (old.length > 0 || files.some(({ reason }) => reason === undefined)) process.exitCode = 1;
} else process.exitCode = 1;
