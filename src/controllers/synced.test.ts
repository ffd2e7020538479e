import { expect, test } from 'vitest';
import { machineClients } from '../api/objects.ts';
import { KubeError } from '../kube/errors.ts';
import { makeLogger } from '../observability/log.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { synced } from './synced.ts';

const failure = (status: number, reason: string): KubeError =>
  new KubeError({ verb: 'watch', resource: machineClients }, { status, reason, outcome: 'rejected' });

test('a definition that is only beginning to be served is no warning, and one that does not get there is', async () => {
  const clock = new ManualClock();
  const said: string[] = [];
  const log = makeLogger('info', {
    write: (line: string) => {
      const { level, error } = JSON.parse(line) as { level: string; error: string };
      said.push(`${level} ${error.replace(/^.*": /, '')}`);
    },
  });
  let problem = failure(404, 'NotFound');
  const filled = Promise.withResolvers<undefined>();
  const reflector = {
    run: () => Promise.resolve(),
    hasSynced: false,
    whenSynced: () => filled.promise,
    get problem() {
      return problem;
    },
    lastEventAt: 0,
  };
  const waiting = synced(
    { reflectors: [{ name: 'machineclients', reflector }] },
    clock,
    log,
    new AbortController().signal,
  );
  clock.advance(60_000);
  expect(said.splice(0)).toEqual([expect.stringMatching(/^warn .*NotFound \(404\); are the CRDs installed/)]);
  problem = failure(429, 'TooManyRequests');
  clock.advance(29_000);
  expect(said.splice(0)).toEqual([expect.stringMatching(/^info .*TooManyRequests \(429\)$/)]);
  clock.advance(60_000);
  expect(said.splice(0)).toEqual([expect.stringMatching(/^warn .*TooManyRequests \(429\)$/)]);
  filled.resolve(undefined);
  await waiting;
  clock.advance(60_000);
  expect(said).toEqual([]);
});
