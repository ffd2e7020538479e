import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, inject, test } from 'vitest';
import { operatorProgram, cliProgram } from '../helpers/programs.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const runNode = async (args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
};
const run = (args: readonly string[], env?: Record<string, string>) =>
  runNode([operatorProgram(), ...args], env);

test('an unknown flag, variable or key names the nearest one, on one line, and ends with 2', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-settings-'));
  try {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'setle-time: 20s\n');
    expect(await run(['--watch-namespace=a'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'MCO_SETTING: unknown setting --watch-namespace; did you mean --watch-namespaces?\n',
    });
    expect(await run([], { MCO_LOG_LEVL: 'info' })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'MCO_SETTING: unknown setting MCO_LOG_LEVL in the environment; did you mean MCO_LOG_LEVEL?\n',
    });
    expect(await run(['--config', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `MCO_SETTING: unknown setting setle-time in ${file}; did you mean settle-time?\n`,
    });
    expect(await run(['--concurrency=0'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'MCO_SETTING: --concurrency must be a number from 1 to 256, not "0"\n',
    });
    expect(await run(['--config', join(folder, 'none.yaml')])).toMatchObject({ code: 2, stdout: '' });
    expect(await run(['extra'])).toMatchObject({
      code: 2,
      stderr: 'MCO_SETTING: unexpected argument extra; every setting begins with --\n',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('--help lists every setting and ends with 0', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of ['kubeconfig', 'namespace', 'watch-namespaces', 'leader-elect', 'settle-time', 'config'])
    expect(stdout).toContain(`--${name}`);
  expect(stdout).toContain('MCO_LOG_LEVEL');
});

test.each([
  ['machine-client-operator', operatorProgram],
  ['kubectl machine-client', cliProgram],
])('%s says in one sentence that its Node.js is too old', async (name, program) => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const old = ['--import', `data:text/javascript,${encodeURIComponent(older)}`, program(), '--help'];
  const { code, stdout, stderr } = await runNode(old);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: `${name} needs Node.js 24 or newer, and ${process.execPath} is 20.20.2; put a newer one first in PATH\n`,
  });
});

test('a kubeconfig that is not there is an error in one line', async () => {
  const { code, stderr, stdout } = await run([
    '--kubeconfig=/nowhere/at/all',
    '--health-address=0',
    '--metrics-address=0',
  ]);
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).toContain('/nowhere/at/all');
  expect(`${stdout}${stderr}`.trim().split('\n')).toHaveLength(1);
});

test('SIGTERM finishes what is under way and ends with 0', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const operator = world.operator(['--time-scale=1']);
  await world.provider();
  await world.client('first');
  await world.ready('first');
  world.simulator.setFaults([{ operations: ['create'], fault: 'hold-after', times: 1 }]);
  await world.client('second');
  const [held] = await until('the creation is under way', () => {
    const calls = world.simulator.held();
    return calls.length > 0 && calls;
  });
  operator.signal('SIGTERM');
  await until('it stops', () => operator.output.some((line) => line.includes('"stopping"')));
  world.simulator.release(held?.id ?? 0);
  expect(await operator.exited).toBe(0);
  expect(operator.output.at(-1)).toContain('"stopped"');
  // Nothing was lost: the answer that came after the signal is in the Secret.
  expect(await world.works('second')).toBe(true);
  expect((await world.get('second')).status?.secretVersion).toBe(1);
});
