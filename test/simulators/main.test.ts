import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { ControlClient } from './control-client.ts';
import type { StytchControl } from './stytch/control-types.ts';
import { rawRequest } from './raw-client.ts';
import { managementClient } from './stytch/management-client.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

const run = (...args: string[]): { child: ChildProcess; output: { stdout: string; stderr: string } } => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (output.stderr += String(chunk)));
  return { child, output };
};

test('prints one line when it listens, and ends on SIGTERM', async () => {
  const { child, output } = run(
    'stytch',
    '--credential=projectId=project-test-1',
    '--switch=createStatus=201',
    '--latency=5',
  );
  try {
    await expect.poll(() => output.stdout, { timeout: 10_000 }).toContain('\n');
    const simulator = JSON.parse(output.stdout);
    expect(simulator).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      controlUrl: expect.any(String) as string,
      credentials: { projectId: 'project-test-1', secret: expect.stringMatching(/^secret-test-/) as string },
    });
    const answer = await managementClient(simulator)('POST', '/v1/m2m/clients', { scopes: [] });
    expect(answer.status).toBe(201);
    const control = new ControlClient<StytchControl>(simulator.controlUrl);
    expect((await control.state()).switches).toMatchObject({ createStatus: 201, latencyMs: 5 });
  } finally {
    child.kill('SIGTERM');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(output.stdout.trim().split('\n')).toHaveLength(1);
});

test('runs behind a gateway', async () => {
  const { child, output } = run(
    'stytch',
    '--path-prefix',
    '/stytch',
    '--gateway-header',
    'X-Gateway-Key=a=b',
  );
  try {
    await expect.poll(() => output.stdout, { timeout: 10_000 }).toContain('\n');
    const { url } = JSON.parse(output.stdout);
    const headers = { 'x-gateway-key': 'a=b' };
    expect((await rawRequest(`${url}/v1/m2m/clients/search`, { headers, json: {} })).status).toBe(200);
  } finally {
    child.kill('SIGINT');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  ['an unknown simulator', ['nope'], 'there are: '],
  ['an unknown switch', ['stytch', '--switch', 'creatStatus=201'], 'creatStatus'],
  ['an unknown flag', ['stytch', '--prot', '1'], '--prot'],
  ['no name', [], 'usage:'],
])('ends with an error for %s', async (_what, args, text) => {
  const { child, output } = run(...args);
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(output.stdout).toBe('');
  expect(output.stderr).toContain(text);
});

test('switches on the command line are nested by dots and merged', () => {
  const { options } = parseCommandLine([
    'stytch',
    '--switch=tokenError.wrongSecret.status=401',
    '--switch=tokenError.wrongSecret.error=x',
    '--switch=emptyScopes=refuse',
    '--latency=7',
    '--port=80',
  ]);
  expect(options).toEqual({
    port: 80,
    pathPrefix: undefined,
    gatewayHeader: undefined,
    credentials: {},
    switches: {
      tokenError: { wrongSecret: { status: 401, error: 'x' } },
      emptyScopes: 'refuse',
      latencyMs: 7,
    },
  });
  expect(() => parseCommandLine(['stytch', '--port', 'x'])).toThrow('--port');
  expect(() => parseCommandLine(['stytch', '--gateway-header', 'x'])).toThrow('NAME=VALUE');
});
