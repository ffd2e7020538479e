import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { World } from '../helpers/world.ts';

let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const script = join(import.meta.dirname, '../../scripts/decide.ts');
const decided = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-decide-'));
  try {
    const file = join(folder, 'log');
    await writeFile(file, text);
    return (await promisify(execFile)(process.execPath, [script, file])).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
};

test('what an operator has decided is found again from its log: the same plans, by the same rows', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  const operator = world.operator();
  await world.provider();
  await world.client('app', { scopes: ['read:invoices'] });
  await world.ready('app');
  const lines = operator.output.filter((line) => line.includes('"msg":"decided"'));
  const said = lines.map((line) => JSON.parse(line) as { plan: string; reason?: string; rows: string });
  expect(said.map(({ plan }) => plan)).toContain('create');
  const out = await decided(operator.output.join('\n'));
  const found = [...out.matchAll(/^ {2}plan {3}(\S+)/gm)].map(([, plan]) => plan);
  expect(found).toEqual(said.map(({ plan }) => plan));
  const rows = [...out.matchAll(/^ {2}rows {3}(.*)$/gm)].map(([, row]) => row);
  expect(rows).toEqual(said.map((one) => one.rows));
  expect(rows.every((row) => row !== '')).toBe(true);
});
