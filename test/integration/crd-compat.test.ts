import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MODULE = join(import.meta.dirname, '..', 'crd-compat');
/** The first run compiles the API server's validation: 2 to 3 minutes on two cores, then seconds. */
const TIMEOUT_MS = 900_000;

interface Failure {
  readonly code?: unknown;
  readonly stdout?: string;
  readonly stderr?: string;
}

test('Kubernetes 1.31 accepts the CRDs', { timeout: TIMEOUT_MS }, async () => {
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  let output: string;
  try {
    // -count=1: Go would give a cached result where only a CRD has changed since.
    const run = promisify(execFile)('go', ['test', '-count=1', './...'], { cwd: MODULE, env });
    output = (await run).stdout;
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Failure;
    if (code === 'ENOENT')
      throw new Error('Go is not installed: this test needs Go 1.26 or newer', { cause: error });
    throw new Error(`go test failed\n${stdout}${stderr}`, { cause: error });
  }
  expect(output).toMatch(/^ok\s/m);
});
