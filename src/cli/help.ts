import {
  type Command,
  type CommandName,
  commandNames,
  commands,
  type Flag,
  globalFlags,
} from './commands.ts';

const PROGRAM = 'kubectl machine-client';
const WIDTH = 31;

const flagLine = ({ name, short, value, description }: Flag): string => {
  const spelled = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  return spelled.length < WIDTH
    ? `  ${spelled.padEnd(WIDTH)}${description}`
    : `  ${spelled}\n  ${''.padEnd(WIDTH)}${description}`;
};

const exitCodes = 'Exit codes: 0 done, 1 not done or something is wrong, 2 the command line is wrong.';

const usageOf = (name: CommandName, { takesName }: Command): string =>
  `${PROGRAM} ${name}${{ no: '', optional: ' [NAME]', required: ' NAME' }[takesName]} [FLAGS]`;

/** Of one command, or of all of them. */
export const help = (name: CommandName | undefined): string => {
  if (name === undefined)
    return [
      `${PROGRAM} COMMAND [FLAGS]\n`,
      ...commandNames.map((one) => `  ${one.padEnd(17)}${commands[one].summary}`),
      '\nFlags of all commands:',
      ...globalFlags.map(flagLine),
      `\n${PROGRAM} COMMAND --help tells more.\n${exitCodes}\n`,
    ].join('\n');
  const command = commands[name];
  return [
    `${usageOf(name, command)}\n\n${command.details}\n`,
    'Flags:',
    ...[...command.flags, ...globalFlags].map(flagLine),
    '\nExamples:',
    ...command.examples.map((example) => `  ${PROGRAM} ${example}`),
    `\n${exitCodes}\n`,
  ].join('\n');
};
