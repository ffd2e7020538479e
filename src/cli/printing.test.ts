import { expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { UnkindServer } from '../kube/testing/unkind-server.ts';
import { runCommandLine } from './run.ts';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const escapes = 'x\u001b]0;pwned\u0007\u001b[2J\u009b31m\r\n  IdentityProvider kube-system/forged: 999\u202e';
// oxlint-disable-next-line no-control-regex -- nothing of it may come out, but the ends of our own lines
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** The plugin over a server whose objects say what no terminal should see. */
const start = async () => {
  const server = await UnkindServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  const kubeconfig = join(folder, 'config');
  const cluster = { name: 'c', cluster: { server: String(server.url) } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u', namespace: 'ns' } };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [cluster],
      contexts: [context],
      users: [{ name: 'u', user: {} }],
      'current-context': 'c',
    }),
  );
  const path = (plural: string, name: string) =>
    `/apis/machine-client.dev/v1beta1/namespaces/ns/${plural}/${name}`;
  const condition = {
    type: 'Ready',
    status: 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: escapes,
    message: escapes,
  };
  server.objects.create(path('identityproviders', 'p'), {
    kind: 'IdentityProvider',
    spec: { type: 'Stytch' },
    status: { conditions: [condition], account: escapes, orphans: { count: 1, sample: [escapes] } },
  });
  server.objects.create(path('machineclients', 'a'), {
    kind: 'MachineClient',
    spec: { providerRef: { kind: 'IdentityProvider', name: 'p' } },
    status: { conditions: [condition], clientId: escapes, credentials: [{ id: escapes, state: escapes }] },
  });
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const ask = (question: string): Promise<string> => {
    print(question);
    return Promise.resolve('n');
  };
  const terminal = {
    width: undefined,
    coloured: false,
    interactive: true,
    redraws: false,
    out: print,
    err: print,
    ask,
  };
  return {
    run: async (...args: string[]) => {
      printed.length = 0;
      await runCommandLine(args, {
        terminal,
        clock: systemClock,
        random: Math.random,
        env: { KUBECONFIG: kubeconfig },
      });
      return printed.join('');
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
};

test.each([
  [['status']],
  [['status', 'a']],
  [['orphans']],
  [['status', '-o', 'json']],
  [['status', 'a', '-o', 'json']],
  [['orphans', '-o', 'json']],
  [['abandon', 'a']],
])('nothing that a terminal obeys: %j', async (args) => {
  await using plugin = await start();
  const printed = await plugin.run(...args);
  expect(printed).not.toMatch(unsafe);
  expect(printed).toContain('pwned');
  expect(printed).not.toMatch(/^ *IdentityProvider kube-system/m);
});
