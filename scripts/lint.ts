import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registry } from '../src/providers/registry.ts';
import { collect } from './collect.ts';
import { folderOf } from './provider-files.ts';

/**
 * Everything that can be said of the code without running it. Prints what failed, and ends with 1 when something did.
 * `npm run lint:fix` puts right what can be put right by itself; `npm run lint -- 'banned text' knip` runs these alone.
 */

const root = join(import.meta.dirname, '..');

interface Verdict {
  readonly ok: boolean;
  readonly output: string;
}

/** What it prints is shown only when it fails. */
const run = (command: string, ...args: readonly string[]): Promise<Verdict> => collect(command, args).ended;

interface Ban {
  readonly pattern: RegExp;
  readonly why: string;
  /** Files in which it may stand, or folders that end with a slash. */
  readonly except: readonly string[];
}

/** A name that somebody wrote in another case means the same provider. */
const providerNames = Object.entries(registry).flatMap(([type, { schema }]) => [type, schema.member]);

/** What oxlint has no rule for. */
const bans: readonly Ban[] = [
  {
    pattern: /\bnew Date\(\)/,
    why: 'time comes in as a Clock (src/runtime/clock.ts)',
    except: ['src/runtime/clock.ts', 'src/start.ts', 'src/cli/'],
  },
  {
    pattern: /import .*\b(setTimeout|setInterval|scheduler)\b.* from 'node:timers/,
    why: 'time comes in as a Clock (src/runtime/clock.ts)',
    except: ['src/runtime/clock.ts', 'src/cli/'],
  },
  {
    pattern: /(?:\(|&& |\|\| |!|\? |=> |return |= )[a-z]\w*(?:\.\w+)* in [a-z]\w*(?:[\s).;,&|?:]|$)/,
    why: 'true for `constructor` too, which every object has: ask Object.hasOwn, or ownValue (src/runtime/own.ts)',
    except: [],
  },
  {
    pattern: /'(?:two-phase|additive|ephemeral)'/,
    why: 'a style answers for itself: ask styleIn or styleOf (src/machine-client/policies/styles.ts)',
    except: [
      'src/machine-client/policies/styles.ts',
      'src/machine-client/policies/two-phase/',
      'src/machine-client/policies/additive/',
      'src/machine-client/policies/ephemeral/',
      'src/providers/',
    ],
  },
  {
    pattern: new RegExp(`\\b(?:${providerNames.join('|')})\\b`, 'i'),
    why: 'what is particular to a provider is said by its folder: ask its module, its account or its capabilities',
    except: [
      'src/providers/registry.ts',
      ...Object.keys(registry).map((type) => `${folderOf(type)}/`),
      // Examples, and a flag of the one provider that has organizations.
      'src/config.ts',
      'src/cli/adoption.ts',
      'src/cli/commands.ts',
    ],
  },
];

const isComment = (line: string): boolean => /^\s*(\/\/|\/?\*)/.test(line);

const bannedText = async (): Promise<Verdict> => {
  const found: string[] = [];
  const exclude = ['**/*.test.ts', '**/testing/**'];
  for await (const file of glob('src/**/*.ts', { cwd: root, exclude })) {
    const lines = (await readFile(join(root, file), 'utf8')).split('\n');
    const relevant = bans.filter(({ except }) => !except.some((one) => file.startsWith(one)));
    for (const [index, line] of lines.entries())
      for (const { pattern, why } of relevant)
        if (!isComment(line) && pattern.test(line))
          found.push(`${file}:${index + 1}: ${line.trim()}\n  ${why}`);
  }
  return { ok: found.length === 0, output: found.sort().join('\n') };
};

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly integrity?: string; readonly link?: boolean; readonly resolved?: string }>
  >;
}

/** What is installed anywhere, on a developer's machine too, is what was locked; and no address of a registry is kept. */
const lockFile = async (): Promise<Verdict> => {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const found = Object.entries(packages).flatMap(([name, { integrity, link, resolved }]) => [
    ...(name === '' || link || integrity !== undefined ? [] : [`${name} has no integrity`]),
    ...(resolved === undefined ? [] : [`${name} has an address`]),
  ]);
  return { ok: found.length === 0, output: found.join('\n') };
};

const checks: Readonly<Record<string, () => Promise<Verdict>>> = {
  oxlint: () =>
    run('oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives-severity=error'),
  'biome format': () => run('biome', 'format', '--reporter=summary', '.'),
  knip: () => run('knip', '--no-config-hints'),
  'generated files': () => run('node', 'scripts/generate.ts', '--check'),
  'banned text': bannedText,
  'lock file': lockFile,
};

const only = process.argv.slice(2);
for (const name of only)
  if (!Object.hasOwn(checks, name))
    throw new Error(`no check is called "${name}"; there are: ${Object.keys(checks).join(', ')}`);
const asked = Object.entries(checks).filter(([name]) => only.length === 0 || only.includes(name));
const verdicts = await Promise.all(asked.map(async ([check, verdict]) => ({ check, ...(await verdict()) })));

const failed = verdicts.filter(({ ok }) => !ok);
for (const { check, output } of failed) console.error(`--- ${check}\n${output.trimEnd()}\n`);
for (const { check, ok } of verdicts) console.log(`${ok ? 'ok    ' : 'failed'} ${check}`);
if (failed.length > 0) process.exitCode = 1;
