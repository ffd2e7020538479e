import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './arguments.ts';
import { commandNames, commands } from './commands.ts';
import { UsageError } from './errors.ts';
import { help } from './help.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));
const run = (line: string) => {
  const parsed = parse(line);
  if (parsed.ask !== 'run') throw new Error(`it asks for ${parsed.ask}`);
  const { name, json, values, flags } = parsed.arguments;
  return { command: parsed.command, name, json, values: Object.fromEntries(values), flags: [...flags] };
};

test.each([
  ['status', { command: 'status', name: undefined, json: false, values: {}, flags: [] }],
  ['status web -n a', { command: 'status', name: 'web', values: { namespace: 'a' } }],
  ['-n a status web', { command: 'status', name: 'web', values: { namespace: 'a' } }],
  ['status --namespace=a -ojson', { json: true, values: { namespace: 'a', output: 'json' } }],
  ['status -A', { flags: ['all-namespaces'] }],
  ['rotate web --wait --timeout 90s', { name: 'web', values: { timeout: '90s' }, flags: ['wait'] }],
  ['rotate --context c --kubeconfig f web', { name: 'web', values: { context: 'c', kubeconfig: 'f' } }],
  ['abandon -y web', { command: 'abandon', name: 'web', flags: ['yes'] }],
])('%s', (line, expected) => {
  expect(run(line)).toMatchObject(expected);
});

test.each([
  ['', { ask: 'help', command: undefined }],
  ['help', { ask: 'help', command: undefined }],
  ['--help', { ask: 'help', command: undefined }],
  ['help rotate', { ask: 'help', command: 'rotate' }],
  ['rotate -h', { ask: 'help', command: 'rotate' }],
  ['--version', { ask: 'version' }],
])('"%s" needs no cluster', (line, expected) => {
  expect(parse(line)).toEqual(expected);
});

describe('what is wrong is said with what was meant', () => {
  test.each([
    ['statsu', 'unknown command statsu; did you mean status?'],
    ['help rotat', 'unknown command rotat; did you mean rotate?'],
    ['--verion', 'unknown flag --verion; did you mean --version?'],
    ['rotate web --wiat', 'rotate has no flag --wiat; did you mean --wait?'],
    ['rotate web -A', 'rotate has no flag -A; see --help'],
    ['status --wait', 'status has no flag --wait; did you mean --help?'],
    ['status -o yaml', '--output must be text or json, not "yaml"; did you mean text?'],
    ['rotate web --timeout', '--timeout needs a value: DURATION'],
    ['rotate web --timeout --wait', '--timeout needs a value: DURATION'],
    ['rotate web --timeout=', '--timeout needs a value: DURATION'],
    ['rotate web --wait=true', '--wait takes no value'],
    ['rotate', 'rotate needs the name of a MachineClient: rotate NAME'],
    ['rotate a b', 'unexpected argument b: rotate takes one name'],
    ['orphans a', 'unexpected argument a: orphans takes no name'],
    ['status a -A', 'a NAME is in one namespace: leave out --all-namespaces'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(new UsageError(message));
  });
});

test('every command and each of its flags is in the help, which fits on a terminal', () => {
  for (const name of commandNames) {
    expect(help(undefined)).toContain(`  ${name} `);
    for (const flag of commands[name].flags) expect(help(name)).toContain(`--${flag.name}`);
    for (const example of commands[name].examples) expect(run(example).command).toBe(name);
  }
  for (const text of [undefined, ...commandNames].map(help))
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
