import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { machineClients } from '../../src/api/objects.ts';
import { secrets } from '../../src/kube/resource.ts';
import { makeMark } from '../../src/providers/mark.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { isDeleted } from '../helpers/any-world.ts';
import { neighbourOf, portraitOf, shareProvider } from '../helpers/neighbours.ts';
import { calls, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Upstream } from '../helpers/upstreams/upstream.ts';
import { World } from '../helpers/world.ts';

/** Two namespaces share one account through a ClusterIdentityProvider; the second one wants what the first has. */
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const open = {
  adoption: 'Allow',
  scopes: ['*'],
  audiences: ['*'],
  organizationIds: ['*'],
  customClaims: ['*'],
  customMetadata: ['*'],
};
const sides = async <U extends Upstream>(upstream: U, clientPolicy: Record<string, unknown> = open) => {
  const victim = await World.over(cluster.kubeconfigPath, upstream);
  const thief = await neighbourOf(victim);
  const operator = victim.operator(['--watch-namespaces=']);
  await until('the operator has a namespace of its own', () =>
    operator.output.some((line) => line.includes('caches are filled')),
  );
  await shareProvider(victim, [victim.namespace, thief.namespace], { clientPolicy });
  const providerRef = { kind: 'ClusterIdentityProvider', name: victim.namespace };
  return {
    victim,
    thief,
    providerRef,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(victim.operators.map((each) => each.kill()));
      await thief[Symbol.asyncDispose]();
      await victim[Symbol.asyncDispose]();
    },
  };
};

const writes = (simulator: Parameters<typeof calls>[0]): number =>
  calls(
    simulator,
    ...['create', 'update', 'delete', 'rotateStart', 'rotate', 'rotateCancel'],
    ...['addSecret', 'deleteSecret', 'addKey', 'deleteKey'],
  );

const kinds = [
  {
    type: 'Stytch',
    start: () => StytchUpstream.start(),
    secretKeys: 'client-id=ClientID,client-secret=ClientSecret',
    marked: () => ({}),
  },
  {
    type: 'Scalekit',
    start: () => ScalekitUpstream.start(),
    secretKeys: 'client-id=ClientID,client-secret=ClientSecret',
    marked: (short: string) => ({
      'spec.displayName': { displayName: `not ${short}` },
      'spec.description': { description: `[mco ${short} somebody] else` },
      'spec.customClaims': {
        customClaims: [{ key: 'who', value: short }],
      },
    }),
  },
  {
    type: 'Authress',
    start: () => AuthressUpstream.start(),
    secretKeys: 'client-id=ClientID,client-secret=ClientSecret',
    marked: (short: string) => ({
      'spec.displayName': { displayName: short },
      'spec.customMetadata': { customMetadata: { [`x${short}`]: 'value' } },
    }),
  },
] as const;

describe.each(kinds)('$type', ({ start, secretKeys, marked }) => {
  test('a neighbour gets at nothing of another namespace, whatever he writes', async () => {
    await using both = await sides<Upstream>(await start());
    const { victim, thief, providerRef } = both;
    const { simulator } = victim.upstream as unknown as { readonly simulator: Parameters<typeof calls>[0] };
    await victim.client('worker', { providerRef, displayName: 'Theirs' });
    const owned = await victim.ready('worker');
    const id = owned.status?.clientId ?? '';
    const portrait = portraitOf(victim, id);
    const secret = await victim.getSecret('worker');
    const sent = writes(simulator);

    // He names the client.
    await thief.client('named', { providerRef, clientId: id, adoptionPolicy: 'Existing' });
    const named = await thief.condition('named', 'Stalled', 'True', 'ClientConflict');
    expect(said(named, 'Ready')).toBe(
      `False ClientConflict: the client ${id} belongs to a MachineClient of another namespace; the operator's log names it`,
    );
    expect(JSON.stringify(named.status)).not.toContain(victim.namespace);
    const logged = `"other":"${victim.namespace}/worker","msg":"held for another"`;
    expect(victim.operators.flatMap(({ output }) => output).some((line) => line.includes(logged))).toBe(true);
    // He writes a Secret that says that it is his.
    await thief.client('forged', { providerRef, suspend: true });
    const { metadata } = await thief.condition('forged', 'Ready', 'False', 'Suspended');
    const own = Object.entries({
      owner: [victim.namespace, thief.namespace, 'forged', metadata.uid].join('/'),
      'client-id': id,
      'credential-id': portrait?.credentials[0]?.id ?? '',
      'secret-version': '7',
      operation: 'forged',
      keys: secretKeys,
      integrity: secret.metadata.annotations?.['machine-client.dev/integrity'] ?? '',
    }).map(([key, value]) => [`machine-client.dev/${key}`, value]);
    await thief.kube.create(secrets, thief.namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'forged',
        namespace: thief.namespace,
        labels: { 'machine-client.dev/managed': 'true' },
        annotations: Object.fromEntries(own) as Record<string, string>,
      },
      stringData: { 'client-id': id, 'client-secret': 'a guess' },
    });
    await thief.patch('forged', { spec: { suspend: null } });
    const forged = await thief.condition('forged', 'Ready', 'False', 'ClientConflict');
    expect(said(forged, 'Ready')).toBe(
      `False ClientConflict: the client ${id} belongs to a MachineClient of another namespace or installation; the operator's log names it`,
    );
    // He writes the mark of the other object where he may write.
    const { short } = makeMark(victim.namespace, victim.namespace, 'worker');
    const specs = Object.entries<object>(marked(short));
    for (const [index, [field, spec]] of specs.entries()) {
      await thief.client(`marked-${index}`, { providerRef, ...spec });
      const refused = await thief.condition(`marked-${index}`, 'Stalled', 'True', 'MarkInUserText');
      expect(said(refused, 'Ready')).toBe(
        `False MarkInUserText: ${field} contains what looks like the operator's mark (mco- and 26 characters); change it`,
      );
    }
    // He deletes what he has made.
    const made = ['named', 'forged', ...specs.map((_, index) => `marked-${index}`)];
    for (const name of made) await thief.delete(name);
    for (const name of made) await isDeleted(thief, name);
    expect(writes(simulator)).toBe(sent);
    expect(portraitOf(victim, id)).toEqual(portrait);
    expect(await victim.getSecret('worker')).toEqual(secret);
    expect(await victim.works('worker')).toBe(true);

    // He copies all of it: then he has a client of his own, and the other one is as it was. A creation as the last
    // operation would be waited for, here and at the end of the copy: so both write something else before.
    await victim.patch('worker', { spec: { displayName: 'Ours' } });
    const changed = await victim.condition('worker', 'ClientSynced', 'True', 'Synced');
    const after = portraitOf(victim, id);
    await thief.kube.create(machineClients, thief.namespace, {
      apiVersion,
      kind: 'MachineClient',
      metadata: {
        name: 'worker',
        namespace: thief.namespace,
        annotations: changed.metadata.annotations,
        finalizers: changed.metadata.finalizers,
      },
      spec: changed.spec,
      status: changed.status,
    });
    const copy = await thief.ready('worker');
    expect(copy.status?.clientId).not.toBe(id);
    expect(await thief.works('worker')).toBe(true);
    await thief.patch('worker', { spec: { displayName: 'Mine' } });
    await thief.condition('worker', 'ClientSynced', 'True', 'Synced');
    await thief.delete('worker');
    await isDeleted(thief, 'worker');
    expect(victim.upstream.clients()).toEqual([after]);
    expect(said(await victim.get('worker'), 'Ready')).toBe(works);
    expect(await victim.getSecret('worker')).toEqual(secret);
  });
});

test('what a shared provider does not allow, and what is not shared at all, is refused before anything is made', async () => {
  const organizations = ['org_70000000000000001', 'org_70000000000000002'];
  const upstream = await ScalekitUpstream.start({ organizations });
  const policy = { scopes: ['read:*'], audiences: ['https://api.example.com'], organizationIds: ['*01'] };
  await using both = await sides(upstream, policy);
  const { victim, thief, providerRef } = both;
  const scalekit = { organizationId: organizations[0] };
  const denied = {
    scope: {
      spec: { scopes: ['write:invoices'] },
      says: 'the scope write:invoices is not allowed by spec.clientPolicy.scopes',
    },
    audience: {
      spec: { audiences: ['https://api.example.com.evil.test'] },
      says: 'the audience https://api.example.com.evil.test is not allowed by spec.clientPolicy.audiences',
    },
    organization: {
      spec: { organizationId: organizations[1] },
      says: `the organization ${organizations[1]} is not allowed by spec.clientPolicy.organizationIds`,
    },
  };
  for (const [name, { spec }] of Object.entries(denied))
    await thief.client(name, { providerRef, scalekit, ...spec });
  for (const [name, { says }] of Object.entries(denied)) {
    const object = await thief.condition(name, 'Ready', 'False', 'PolicyDenied');
    expect(said(object, 'Ready')).toBe(
      `False PolicyDenied: ${says} of the ClusterIdentityProvider ${victim.namespace}`,
    );
    expect(object.metadata.finalizers).toBeUndefined();
  }
  await victim.provider();
  await victim.providerCondition('Ready', 'True');
  await thief.client('unshared', { scalekit });
  const lost = await thief.condition('unshared', 'Ready', 'False', 'ProviderNotFound');
  expect(said(lost, 'Ready')).toBe(
    `False ProviderNotFound: IdentityProvider ${thief.namespace}/scalekit does not exist`,
  );
  expect(writes(victim.simulator)).toBe(0);
  await thief.client('allowed', { providerRef, scalekit, audiences: ['https://api.example.com'] });
  await thief.ready('allowed');
});
