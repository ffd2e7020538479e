import { parseArgs } from 'node:util';
import { nearest } from '../runtime/nearest.ts';
import {
  type Command,
  type CommandName,
  commandNames,
  commands,
  type Flag,
  globalFlags,
} from './commands.ts';
import { UsageError } from './errors.ts';

/** What was typed, as far as it can be judged without a cluster. */
export type Parsed =
  | { readonly ask: 'version' }
  | { readonly ask: 'help'; readonly command: CommandName | undefined }
  | { readonly ask: 'run'; readonly command: CommandName; readonly arguments: Arguments };

export interface Arguments {
  /** The NAME, where the command takes one and it was given. */
  readonly name: string | undefined;
  readonly json: boolean;
  /** Flags with a value, by their long name. */
  readonly values: ReadonlyMap<string, string>;
  /** Flags without one that were given. */
  readonly flags: ReadonlySet<string>;
}

interface Option {
  /** As it was typed. */
  readonly raw: string;
  readonly flag: Flag;
  readonly value: string | undefined;
}

interface Given {
  readonly words: readonly string[];
  readonly options: readonly Option[];
  /** What no command has. */
  readonly unknown: readonly string[];
}

const everyFlag: readonly Flag[] = [...globalFlags, ...commandNames.flatMap((name) => commands[name].flags)];

const fail = (message: string): never => {
  throw new UsageError(message);
};

/** A letter is like every other letter: only for a word there is a nearest one. */
const proposal = (raw: string, known: readonly Flag[]): string =>
  raw.startsWith('--')
    ? `did you mean ${nearest(
        raw,
        known.map(({ name }) => `--${name}`),
      )}?`
    : 'see --help';

/** Which flags there are depends on the command, which may stand after them: so all are known, and judged later. */
const read = (args: readonly string[]): Given => {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      everyFlag.map(({ name, short, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const options: Option[] = [];
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName: raw, value } = token;
    const flag = everyFlag.find(({ name }) => name === token.name);
    if (!flag) {
      unknown.push(raw);
      continue;
    }
    if (flag.value === undefined && value !== undefined) fail(`${raw} takes no value`);
    // `--timeout --wait`: a flag was taken for the value.
    const missing = value === undefined || value === '' || (!token.inlineValue && value.startsWith('-'));
    if (flag.value !== undefined && missing) fail(`${raw} needs a value: ${flag.value}`);
    options.push({ raw, flag, value });
  }
  return { words, options, unknown };
};

const commandOf = (word: string): CommandName =>
  commandNames.find((name) => name === word) ??
  fail(`unknown command ${word}; did you mean ${nearest(word, [...commandNames, 'help'])}?`);

export const parseCommandLine = (args: readonly string[]): Parsed => {
  const { words, options, unknown } = read(args);
  const given = (name: string): boolean => options.some(({ flag }) => flag.name === name);
  const [first, ...rest] = words;
  if (first === undefined && given('version')) return { ask: 'version' };
  const isHelp = first === 'help' || first === undefined;
  const [stray] = unknown;
  if (isHelp && stray !== undefined) fail(`unknown flag ${stray}; ${proposal(stray, globalFlags)}`);
  if (isHelp) {
    const about = first === 'help' ? rest[0] : undefined;
    return { ask: 'help', command: about === undefined ? undefined : commandOf(about) };
  }
  const name = commandOf(first);
  const command: Command = commands[name];
  const known = [...globalFlags, ...command.flags];
  const foreign = options.find(({ flag }) => !known.some((one) => one.name === flag.name))?.raw;
  const wrong = stray ?? foreign;
  if (wrong !== undefined) fail(`${name} has no flag ${wrong}; ${proposal(wrong, known)}`);
  if (given('help')) return { ask: 'help', command: name };
  const [object, extra] = rest;
  if (command.takesName === 'no' && object !== undefined)
    fail(`unexpected argument ${object}: ${name} takes no name`);
  if (command.takesName === 'required' && object === undefined)
    fail(`${name} needs the name of a MachineClient: ${name} NAME`);
  if (extra !== undefined) fail(`unexpected argument ${extra}: ${name} takes one name`);
  return { ask: 'run', command: name, arguments: argumentsOf(object, options, command) };
};

const argumentsOf = (name: string | undefined, options: Given['options'], command: Command): Arguments => {
  const values = new Map(
    options.flatMap(({ flag, value }) => (value === undefined ? [] : [[flag.name, value] as const])),
  );
  const flags = new Set(options.filter(({ flag }) => flag.value === undefined).map(({ flag }) => flag.name));
  const output = values.get('output') ?? 'text';
  if (output !== 'text' && output !== 'json')
    fail(
      `--output must be text or json, not "${output}"; did you mean ${nearest(output, ['text', 'json'])}?`,
    );
  if (
    name !== undefined &&
    flags.has('all-namespaces') &&
    command.flags.some((flag) => flag.name === 'all-namespaces')
  )
    fail('a NAME is in one namespace: leave out --all-namespaces');
  return { name, json: output === 'json', values, flags };
};
