import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from './commands.ts';

const WALK_ENDS_WITHIN_MS = 90_000;

export interface Walk {
  readonly page: string;
  readonly commands: readonly Command[];
  /** What stands for something of the reader's: `NAME`. */
  readonly words?: Readonly<Record<string, string>>;
  /** Names of commands that have to say, by their exit code, that something is wrong. */
  readonly complaining?: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const escaped = (text: string): string => text.replaceAll(/\W/g, String.raw`\$&`);

/** Whole words only: `NAME` is no part of `NAMESPACE`. */
const inWords = (text: string, words: Readonly<Record<string, string>>): string =>
  Object.entries(words).reduce(
    (changed, [word, meant]) =>
      changed.replaceAll(new RegExp(String.raw`(?<!\w)${escaped(word)}(?!\w)`, 'g'), () => meant),
    text,
  );

/**
 * Runs the commands one after the other in one bash, as somebody would who follows the page.
 *
 * @throws Error with the command that failed and the end of what was printed.
 */
export const runWalk = async ({
  page,
  commands,
  words = {},
  complaining = [],
  cwd,
  env,
}: Walk): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-walk-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const at = join(folder, 'at');
  const script = [
    'set -eo pipefail',
    ...commands.flatMap(({ name, text }, index) => {
      const meant = inWords(text, words);
      const done = complaining.includes(name) ? `if\n${meant}\nthen exit 1; fi` : meant;
      return [`echo ${index} > "$DOCS_AT"`, done];
    }),
  ].join('\n');
  const child = spawn('bash', ['-c', script], {
    cwd,
    env: { ...env, DOCS_AT: at },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it started ends with it.
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      printed += text;
    });
  }
  const closed = once(child, 'close') as Promise<[number | null]>;
  const late = new AbortController();
  const timer = sleep(WALK_ENDS_WITHIN_MS, undefined, { signal: late.signal }).then(
    () => process.kill(-(child.pid ?? 0), 'SIGKILL'),
    () => {},
  );
  const [code] = await closed;
  late.abort();
  await timer;
  if (code === 0) return printed;
  const failed = commands[Number(await readFile(at, 'utf8'))];
  const how = code === null ? `was not done after ${WALK_ENDS_WITHIN_MS / 1000} s` : `ended with ${code}`;
  throw new Error(
    `${page}:${failed?.line}: this command ${how}:\n${failed?.text}\n\nprinted so far:\n${printed.slice(-4_000)}`,
  );
};
