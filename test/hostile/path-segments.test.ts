import { expect, test } from 'vitest';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { identityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { connectTo, providersUnderTest } from './accounts.ts';
import { hostileSegments } from './path-segments.ts';
import { pageAnswer, serveSockets } from './socket-server.ts';

/** Every entry of path-segments.ts, as each id that goes into the path of a call of every provider. */

const call = { signal: new AbortController().signal };
const targetOf = (head: string): string => head.split(' ')[1] ?? '';
const depthOf = (target: string): number => target.split('?')[0]?.split('/').length ?? 0;

test.each(hostileSegments)('$name is $ends', async ({ segment, ends }) => {
  for (const provider of providersUnderTest) {
    await using server = await serveSockets((socket) => socket.write(pageAnswer('{}')));
    const account = connectTo(provider, server.url);
    if (provider.narrowIds) {
      for (const { name, run } of provider.withId(segment)) {
        const outcome = await run(account, call);
        // No client can have such an id.
        if (name === 'get') expect(outcome).toEqual({ kind: 'ok', value: undefined });
        else expect(outcome).toMatchObject({ kind: 'rejected', error: { retry: 'spec', withheld: true } });
      }
      expect(server.heads).toEqual([]);
      await account.close();
      continue;
    }
    // The same calls with an id that means nothing.
    for (const { run } of provider.withId('harmless')) await run(account, call);
    const harmless = server.heads.map(targetOf);
    if (provider.idsInQuery) {
      for (const { run } of provider.withId(segment)) await run(account, call);
      const paths = server.heads.map((head) => targetOf(head).split('?')[0]);
      expect(paths.slice(harmless.length)).toEqual(paths.slice(0, harmless.length));
      await account.close();
      continue;
    }
    for (const { run } of provider.withId(segment)) {
      const outcome = await run(account, call);
      if (ends === 'refused')
        expect(outcome).toMatchObject({ kind: 'rejected', error: { retry: 'spec', withheld: true } });
    }
    const targets = server.heads.slice(harmless.length).map(targetOf);
    if (ends === 'refused') expect(targets).toEqual([]);
    else {
      expect(targets.map(depthOf)).toEqual(harmless.map(depthOf));
      expect(targets).toEqual(
        harmless.map((target) => target.replace('harmless', () => encodeURIComponent(segment))),
      );
      for (const target of targets) expect(new URL(target, server.url).pathname).toBe(target.split('?')[0]);
    }
    await account.close();
  }
});

test.each(hostileSegments.filter(({ ends }) => ends === 'refused'))(
  '$name is refused by the schemas',
  ({ segment }) => {
    const client = { providerRef: { name: 'p' } };
    expect(machineClientSpec.safeParse({ ...client, clientId: segment }).success).toBe(false);
    expect(machineClientSpec.safeParse({ ...client, organizationId: segment }).success).toBe(false);
    const provider = { type: 'Stytch', stytch: { projectId: segment, auth: { type: 'Gateway' } } };
    expect(identityProviderSpec.safeParse(provider).success).toBe(false);
  },
);
