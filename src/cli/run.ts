import type { Clock } from '../runtime/clock.ts';
import { type Arguments, parseCommandLine } from './arguments.ts';
import { commands } from './commands.ts';
import type { Connection } from './connect.ts';
import { explain, UsageError } from './errors.ts';
import { help } from './help.ts';
import { type Paint, painter, type Terminal } from './terminal.ts';
import { printable, printableJson, printableParts } from '../runtime/printable.ts';
import { version } from '../runtime/version.ts';

/** What a command is given. */
export interface Run {
  readonly arguments: Arguments;
  readonly terminal: Terminal;
  readonly paint: Paint;
  readonly clock: Clock;
  readonly random: () => number;
  connect(): Promise<Connection>;
  /**
   * The result: the report itself with `--output json`, else the text that is made of it. What stands in it comes from
   * others: `text` is given it printable, and a closure over anything else would not be.
   */
  print<T>(report: T, text: (report: T) => string): void;
}

export interface Outside {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: NodeJS.ProcessEnv;
}

/** The whole plugin, but for the process. Returns its exit code. */
export const runCommandLine = async (args: readonly string[], outside: Outside): Promise<number> => {
  const { terminal } = outside;
  try {
    return await execute(args, outside);
  } catch (error) {
    const words = explain(error);
    if (words === undefined) throw error;
    const hint = error instanceof UsageError ? '; see kubectl machine-client --help' : '';
    terminal.err(`error: ${printable(words)}${words.endsWith('?') ? '' : hint}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
};

const execute = async (args: readonly string[], outside: Outside): Promise<number> => {
  const { terminal, clock, random } = outside;
  const parsed = parseCommandLine(args);
  if (parsed.ask !== 'run') {
    terminal.out(parsed.ask === 'version' ? `${version}\n` : help(parsed.command));
    return 0;
  }
  const command = await commands[parsed.command].load();
  return await command({
    arguments: parsed.arguments,
    terminal: { ...terminal, ask: (question) => terminal.ask(printable(question)) },
    paint: painter(terminal.coloured),
    clock,
    random,
    connect: async () => (await import('./connect.ts')).connect(parsed.arguments, outside),
    print: (report, text) =>
      terminal.out(
        parsed.arguments.json
          ? `${printableJson(JSON.stringify(report, undefined, 2))}\n`
          : text(printableParts(report)),
      ),
  });
};
