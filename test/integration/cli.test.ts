import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import * as z from 'zod';
import { annotations, apiVersion } from '../../src/api/group.ts';
import { clusterIdentityProviders } from '../../src/api/resources.ts';
import { machineClientStatus } from '../../src/api/schema/machine-client-status.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { deployments } from '../../src/kube/resource.ts';
import { makeMark } from '../../src/providers/mark.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { markValue, metadataKey } from '../../src/providers/stytch/wire.ts';
import { adminClient, type AdminClient } from '../control-plane/admin-client.ts';
import { type Ran, runCli } from '../helpers/cli.ts';
import { eventsOf } from '../helpers/events.ts';
import { idleDeployment } from '../helpers/idle-deployment.ts';
import { annotate, inOverlap, LONG_OVERLAP, SHORT_OVERLAP } from '../helpers/rotating.ts';
import { said, works } from '../helpers/said.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { clientOf } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

/** The plugin as a process, beside an operator that works. */
let world: World;
let admin: AdminClient;
/** Everything that it ever printed. */
const printed: string[] = [];

beforeAll(async () => {
  admin = adminClient(inject('kubeconfig'));
  world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ resyncInterval: '1m', clientPolicy: { adoption: 'Allow' } });
});
afterAll(async () => {
  const secrets = world.upstream.issuedSecrets().map(({ value }) => value);
  await world[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  for (const value of secrets) expect(printed.join('\n')).not.toContain(value);
});

const cli = async (...args: readonly string[]): Promise<Ran> => {
  const ran = await runCli(inject('kubeconfig'), ['-n', world.namespace, ...args]);
  printed.push(ran.stdout, ran.stderr);
  return ran;
};
/** Of a run that is expected to do what it was asked for. */
const good = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await cli(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};

const time = z.iso.datetime();
const wait = z.strictObject({
  conditions: z.array(z.string()),
  reason: z.string(),
  message: z.string(),
  since: z.string(),
  attention: z.enum(['wait', 'act']),
});
const report = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  attention: z.enum(['rest', 'wait', 'act']),
  ready: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  deleting: z.boolean(),
  provider: z.strictObject({
    kind: z.enum(['IdentityProvider', 'ClusterIdentityProvider']),
    name: z.string(),
    ready: z.enum(['True', 'False', 'Unknown']),
    reason: z.string(),
    message: z.string(),
    account: z.string().optional(),
  }),
  client: z.strictObject({
    id: z.string().optional(),
    state: z.string(),
    credentials: machineClientStatus.unwrap().shape.credentials.unwrap(),
  }),
  secret: z.strictObject({
    name: z.string(),
    exists: z.boolean().optional(),
    version: z.int().optional(),
    publishedTime: time.optional(),
    unseen: z.string().optional(),
  }),
  consumers: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      rolledOut: z.boolean(),
      waitsFor: z.string().optional(),
    }),
  ),
  consumersUnseen: z.string().optional(),
  waits: z.array(wait),
  nextRotationTime: time.optional(),
  nextRetryTime: time.optional(),
});
const rotated = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  token: z.string(),
  published: z.boolean().optional(),
  secretVersion: z.int().optional(),
  secretSuffix: z.string().optional(),
  remains: z.array(wait),
  notRolledOut: z.array(z.string()),
  retireAfter: time.optional(),
});
const findings = z.strictObject({
  healthy: z.boolean(),
  findings: z.array(
    z.strictObject({
      check: z.string(),
      verdict: z.enum(['ok', 'note', 'unseen', 'wrong']),
      message: z.string(),
      todo: z.string().optional(),
    }),
  ),
});

test('status shows a client before, while and after its credential is rotated; rotate --wait ends when it is published', async () => {
  await idleDeployment(world, 'consumer');
  await world.client('worker', {
    rotation: { overlap: LONG_OVERLAP },
    restart: { targets: [{ kind: 'Deployment', name: 'consumer' }] },
  });
  await world.ready('worker');
  const { clientId } = clientOf(world, 'worker');
  const calm = await good('status', 'worker');
  expect(calm).toContain(`MachineClient ${world.namespace}/worker, Ready\n`);
  expect(calm).toContain('├─ IdentityProvider stytch, stytch/');
  expect(calm).toContain(`├─ client ${clientId}, Active\n│  └─ credential `);
  expect(calm).toContain('├─ Secret worker, version 1, published 20');
  expect(calm).toContain('│  └─ Deployment consumer, rolled out\n');
  expect(calm).toMatch(/└─ waits for nothing\n$/);

  const asked = rotated.parse(JSON.parse(await good('rotate', 'worker', '--wait', '-o', 'json')));
  expect(asked).toMatchObject({ name: 'worker', published: true, secretVersion: 2 });
  const object = await world.get('worker');
  expect(object.status).toMatchObject({ secretVersion: 2, lastHandledRotateRequest: asked.token });
  expect(asked.remains.map(({ conditions, reason }) => ({ conditions, reason }))).toEqual([
    { conditions: ['RotationInProgress=True'], reason: expect.stringMatching(/^(Overlap|RolloutPending)$/) },
  ]);
  expect(await world.works('worker')).toBe(true);

  const during = report.parse(JSON.parse(await good('status', 'worker', '--output=json')));
  expect(during).toMatchObject({
    attention: 'wait',
    ready: 'True',
    provider: { ready: 'True' },
    secret: { name: 'worker', exists: true, version: 2 },
    consumers: [{ kind: 'Deployment', name: 'consumer' }],
  });
  expect(during.client.credentials.map(({ state }) => state).toSorted()).toEqual(['Current', 'Retiring']);
  await until('its workload is restarted and has rolled out', async () => {
    const [consumer] = report.parse(JSON.parse(await good('status', 'worker', '-o', 'json'))).consumers;
    return consumer?.rolledOut;
  });
  const managers = object.metadata as unknown as { managedFields: { manager: string }[] };
  expect(managers.managedFields.map(({ manager }) => manager)).toContain('kubectl-machine_client');
});

test('rotate --wait says what it waits for, and ends with 1 when the time is over', async () => {
  await world.client('slow');
  await world.ready('slow');
  await Promise.all(world.operators.map((operator) => operator.kill()));
  const { code, stdout, stderr } = await cli('rotate', 'slow', '--wait', '--timeout', '2s');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    `the operator has not begun yet\nerror: no new credential of ${world.namespace}/slow after 2s: the operator has not begun yet; the request stands, and the old credential works on\n`,
  );
  world.operator();
  await until('the request is answered', async () => (await world.get('slow')).status?.secretVersion === 2);
});

test('a rotation that is asked for within an overlap says when it begins and what makes it begin now; events tell each step', async () => {
  await inOverlap(world, 'twice');
  const { code, stderr } = await cli('rotate', 'twice', '--wait', '--timeout', '5s');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /RotationWaiting \(RotationInProgress=True\): the rotation that was asked for waits until 20..-..-..T..:..:..Z: the overlap of the one before \(spec\.rotation\.overlap: [0-9a-z]+\); machine-client\.dev\/revoke-previous: "2" retires the old credential, and begins it, now/,
  );
  expect(said(await world.get('twice'), 'Ready')).toBe(works);
  await good('revoke-previous', 'twice');
  await until(
    'the third version is published',
    async () => (await world.get('twice')).status?.secretVersion === 3,
  );
  const reasons = await until('events tell of all of it', async () => {
    const notes = await eventsOf(admin, world.namespace, 'twice');
    const told = (start: string): boolean => notes.some((note) => note.startsWith(start));
    return (
      told('Published: version 2 is in the Secret twice, ****') &&
      told('RotationWaiting: the rotation that was asked for waits until ') &&
      told('Retired: the old credential ****') &&
      told('Published: version 3 is in the Secret twice, ****') &&
      notes
    );
  });
  expect(reasons.join('\n')).not.toContain('RotationOverdue');
});

test('what would not rotate is told, and not asked for', async () => {
  await world.client('asleep', { suspend: true });
  const before = await world.get('asleep');
  const { code, stderr } = await cli('rotate', 'asleep');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: ${world.namespace}/asleep would not rotate: spec.suspend is true: set it to false first\n`,
  });
  expect((await world.get('asleep')).metadata.annotations).toEqual(before.metadata.annotations);
});

test('revoke-previous retires the old credential at once, and writes nothing where there is none', async () => {
  const { old } = await inOverlap(world, 'leaked');
  expect(await good('revoke-previous', 'leaked')).toContain('asked to retire what came before version 2 of ');
  await until('the old one is retired', () => {
    const { secret, nextSecret } = clientOf(world, 'leaked');
    return secret !== old && nextSecret === null;
  });
  expect(await world.works('leaked')).toBe(true);
  await world.condition('leaked', 'RotationInProgress', 'False', 'Idle');
  await annotate(world, 'leaked', { 'revoke-previous': null });
  expect(await good('revoke-previous', 'leaked')).toBe(
    `nothing to revoke: no old credential of ${world.namespace}/leaked is alive\n`,
  );
  expect((await world.get('leaked')).metadata.annotations).not.toHaveProperty([annotations.revokePrevious]);
});

test('adopt makes a MachineClient that takes over a client and keeps its Secret; or lets one that waits go on', async () => {
  const make = (id: string) =>
    world.simulator.act({ action: 'createClient', fields: { client_id: id, scopes: ['read:invoices'] } });
  const { secret = '' } = make('by-hand');
  await world.secret('legacy-credential', { id: 'by-hand', secret, more: 'theirs' });
  const args = ['adopt', 'legacy', '--client-id', 'by-hand', '--provider', 'stytch'];
  const keys = ['--secret', 'legacy-credential', '--client-id-key', 'id', '--secret-key', 'secret'];
  expect(await good(...args, ...keys, '--dry-run')).toContain('(dry run: nothing was written)');
  expect(await world.isGone('legacy')).toBe(true);
  expect(await good(...args, ...keys)).toBe(
    `${world.namespace}/legacy is made, to take over the client by-hand\n`,
  );
  await world.ready('legacy');
  const kept = await world.getSecret('legacy-credential');
  const decoded = Object.entries(kept.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  expect(Object.fromEntries(decoded)).toEqual({ id: 'by-hand', secret, more: 'theirs' });

  make('by-hand-too');
  await world.client('waits', { clientId: 'by-hand-too' });
  await world.condition('waits', 'Stalled', 'True', 'AdoptionNotAllowed');
  expect(await good('adopt', 'waits')).toContain('may now take over the client by-hand-too\n');
  await world.ready('waits');
  expect(await good('adopt', 'waits')).toContain('already may take over');
  const { code, stderr } = await cli('adopt', 'nobody');
  expect({ code, stderr: stderr.split(';')[0] }).toEqual({
    code: 2,
    stderr: `error: there is no MachineClient nobody in namespace ${world.namespace}`,
  });
});

test('abandon asks for confirmation, and a deletion leaves the client, which orphans then names', async () => {
  await world.client('left');
  await world.ready('left');
  const { clientId } = clientOf(world, 'left');
  const refused = await cli('abandon', 'left');
  expect(refused).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: nobody can be asked here: confirm with --yes; see kubectl machine-client --help\n',
  });
  const asked: string[] = [];
  const answering = (answer: string) =>
    runCommandLine(['abandon', 'left', '-n', world.namespace], {
      terminal: {
        width: 80,
        coloured: false,
        interactive: true,
        redraws: false,
        out: (text) => void printed.push(text),
        err: (text) => void printed.push(text),
        ask: async (question) => {
          asked.push(question);
          return answer;
        },
      },
      clock: systemClock,
      random: Math.random,
      env: { KUBECONFIG: inject('kubeconfig') },
    });
  expect(await answering('')).toBe(1);
  expect(asked[0]).toContain(`The client ${clientId} of ${world.namespace}/left will stay at the provider`);
  expect((await world.get('left')).metadata.annotations).not.toHaveProperty([annotations.abandonUpstream]);
  expect(await answering('yes')).toBe(0);
  expect((await world.get('left')).metadata.annotations).toHaveProperty(
    [annotations.abandonUpstream],
    'true',
  );
  expect(await good('abandon', 'left', '--yes')).toContain(
    `a deletion of ${world.namespace}/left will leave the client ${clientId} at the provider`,
  );
  await world.delete('left');
  await until('it is gone', () => world.isGone('left'));
  expect(world.simulator.clients().map((one) => one.clientId)).toContain(clientId);
  await expect.poll(() => good('orphans'), { timeout: 60_000 }).toContain(`  ${clientId} (`);
});

test('orphans names what nobody accounts for, also of provider objects of the cluster', async () => {
  const mark = makeMark(world.namespace, world.namespace, 'gone');
  world.simulator.act({
    action: 'createClient',
    fields: {
      client_id: 'lost-1',
      trusted_metadata: { [metadataKey]: markValue(mark, 'uid-of-before', []) },
    },
  });
  const name = `${world.namespace}-shared`;
  await world.kube.create(clusterIdentityProviders, undefined, {
    apiVersion,
    kind: 'ClusterIdentityProvider',
    metadata: { name },
    spec: world.upstream.spec(),
  });
  const shape = z.strictObject({
    count: z.int(),
    items: z.array(
      z.strictObject({
        kind: z.string(),
        namespace: z.string().optional(),
        name: z.string(),
        account: z.string().optional(),
        count: z.int(),
        sample: z.array(z.string()),
      }),
    ),
  });
  const found = await until('it is found', async () => {
    const all = shape.parse(JSON.parse(await good('orphans', '-o', 'json')));
    return all.items.some(({ sample }) => sample.includes(`lost-1 (${world.namespace}/gone)`)) && all;
  });
  expect(found.items.map((one) => one.name)).toContain(name);
  expect(found.items.filter(({ kind }) => kind === 'IdentityProvider')).toHaveLength(1);
  await world.kube.delete(clusterIdentityProviders, { name });
});

test('status of a namespace: a line each, those with something to do first', async () => {
  await world.secret('taken', { a: 'b' });
  await world.client('taken');
  await world.client('again', { rotation: { overlap: SHORT_OVERLAP } });
  await world.condition('taken', 'Stalled', 'True', 'SecretNotOurs');
  await world.ready('again');
  const lines = (await good('status')).trimEnd().split('\n');
  expect(lines[0]).toMatch(/^NAME +READY +SECRET +WHAT IS GOING ON$/);
  expect(lines[1]).toMatch(/^taken +False +- +! +SecretNotOurs: /);
  expect(lines.at(-1)).toMatch(/ True +\S+ v\d/);
  const { items } = z
    .strictObject({ items: z.array(report) })
    .parse(JSON.parse(await good('status', '-o', 'json')));
  expect(items[0]).toMatchObject({ name: 'taken', attention: 'act', reason: 'SecretNotOurs' });
  expect((await good('status', '-A')).split('\n')[0]).toMatch(/^NAMESPACE +NAME /);
});

test('doctor finds a missing credential and a missing operator, says what to do, and ends with 1', async () => {
  const sick = await World.make(inject('kubeconfig'));
  await using stack = new AsyncDisposableStack();
  stack.use(sick);
  sick.operator();
  await sick.provider();
  await sick.kube.delete(
    { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
    sick.ref('stytch-management'),
  );
  await sick.providerCondition('Ready', 'False', 'CredentialMissing');
  const asked = ['-n', sick.namespace, 'doctor', '--operator-namespace', sick.operatorNamespace];
  const { code, stdout } = await cli(...asked, '-o', 'json');
  expect(code).toBe(1);
  const all = findings.parse(JSON.parse(stdout));
  const of = (check: string) => all.findings.filter((one) => one.check.startsWith(check));
  expect(of('Kubernetes')).toMatchObject([{ verdict: 'ok' }]);
  expect(of('clock')).toMatchObject([{ verdict: 'ok' }]);
  expect(of('CRD').map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
  expect(of('your rights')).toMatchObject([{ verdict: 'ok' }]);
  expect(of('Deployment')).toMatchObject([{ verdict: 'wrong' }]);
  expect(of(`IdentityProvider ${sick.namespace}/stytch`)).toMatchObject([
    { verdict: 'wrong', todo: 'create the Secret or ConfigMap, or the key, that is named here' },
  ]);
  expect((await cli(...asked)).stdout).toMatch(/WRONG +IdentityProvider .*CredentialMissing: /);
});

test('doctor asks for the rights of the operator that is installed, and for how fresh its Lease is', async () => {
  const namespace = `${world.namespace}-inst`;
  await admin.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const labels = {
    'app.kubernetes.io/name': 'machine-client-operator',
    'app.kubernetes.io/version': '0.0.1',
  };
  await world.kube.create(deployments, namespace, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'operator', namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'operator' } },
      template: {
        metadata: { labels: { app: 'operator' } },
        spec: { serviceAccountName: 'powerless', containers: [{ name: 'operator', image: 'none' }] },
      },
    },
  });
  const { code, stdout } = await cli('doctor', '--operator-namespace', namespace);
  expect(code).toBe(1);
  expect(stdout).toContain(`WRONG   Deployment ${namespace}/operator: none of 1 replicas is available\n`);
  expect(stdout).toContain('note    operator: version 0.0.1; this plugin is ');
  // Those of this file are an installation of their own, and this one has the id that the cluster gives.
  expect(stdout).toMatch(
    /WRONG {3}MachineClients: installation .+ works on .*, and the operator here is installation /,
  );
  expect(stdout).toContain(`WRONG   Lease ${namespace}/machine-client-operator: there is none`);
  expect(stdout).toMatch(
    /WRONG {3}rights of ServiceAccount \S+\/powerless: it may not get, list, watch, patch machineclients\.machine-client\.dev;.*get, list, watch, create, patch, delete secrets;/,
  );
  await admin.call('DELETE', `/api/v1/namespaces/${namespace}`);
});

test('doctor knows an operator that was just uninstalled from one that runs outside of the cluster', async () => {
  const namespace = `${world.namespace}-gone`;
  await admin.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const saidOf = async (holderIdentity: string): Promise<string> => {
    await admin.call('DELETE', `${leases}/machine-client-operator`);
    await admin.call('POST', leases, {
      metadata: { name: 'machine-client-operator' },
      spec: {
        holderIdentity,
        leaseDurationSeconds: 600,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    return (await cli('doctor', '--operator-namespace', namespace)).stdout;
  };
  expect(await saidOf('machine-client-operator-7d9c8b6f5-x2k4z_1a2b3c4d5e6f')).toMatch(
    /WRONG {3}Deployment: none .* held by the pod machine-client-operator-7d9c8b6f5-x2k4z, which is gone: the operator was just uninstalled/,
  );
  expect(await saidOf('laptop_1a2b3c4d5e6f')).toMatch(
    /note {4}Deployment: none .* runs outside of the cluster/,
  );
  await admin.call('DELETE', `/api/v1/namespaces/${namespace}`);
});

test('who may see only MachineClients sees what they say, and is told what is missing', async () => {
  const { namespace } = world;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await admin.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name: 'viewer' },
  });
  await admin.call('POST', `${rbac}/roles`, {
    metadata: { name: 'viewer' },
    rules: [
      {
        apiGroups: ['machine-client.dev'],
        resources: ['machineclients', 'identityproviders'],
        verbs: ['get', 'list'],
      },
    ],
  });
  await admin.call('POST', `${rbac}/rolebindings`, {
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'viewer' },
    subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace }],
  });
  await using account = await kubeconfigOf(admin, inject('kubeconfig'), namespace, 'viewer');
  await world.client('seen', { restart: { targets: [{ kind: 'Deployment', name: 'consumer' }] } });
  await world.ready('seen');
  const view = (...args: readonly string[]) => runCli(account.path, ['-n', namespace, ...args]);
  const { code, stdout } = await view('status', 'seen');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Secret seen, version 1, published .* \(from the status: you may not get secrets/);
  expect(stdout).toContain(`consumers, you may not get deployments.apps in namespace ${namespace}`);
  expect((await view('status')).code).toBe(0);
  expect((await view('orphans')).stdout).toContain('ClusterIdentityProviders were not looked at');
  expect(await view('rotate', 'seen')).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: you may not patch machineclients.machine-client.dev in namespace ${namespace}: ask for that right in RBAC\n`,
  });
  const sick = findings.parse(JSON.parse((await view('doctor', '-o', 'json')).stdout));
  expect(sick.findings.filter(({ verdict }) => verdict === 'unseen').length).toBeGreaterThan(3);
});

test('what cannot be found or reached is said in one line', async () => {
  expect(await cli('status', 'nobody')).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: there is no MachineClient nobody in namespace ${world.namespace}\n`,
  });
  expect(await cli('status', '--context', 'elsewhere')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: no context "elsewhere" in the kubeconfig /),
  });
  expect(await cli('statsu')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: unknown command statsu; did you mean status?\n',
  });
});
