import { describe, expect, test } from 'vitest';
import { customResourceDefinitions } from '../../api/crd/definitions.ts';
import { installManifests, installedNamespace, type Rule } from '../../../test/helpers/installed.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { version } from '../../runtime/version.ts';
import { clockFinding, skewOf, versionFinding } from './cluster.ts';
import { crdFinding, type Definition, type Schema } from './crds.ts';
import { findingsText, note, ok, wrong } from './finding.ts';
import {
  deploymentFinding,
  type DeploymentWire,
  leaseFinding,
  type LeaseWire,
  operatorVersionFinding,
} from './installation.ts';
import { providerFindings } from './providers.ts';
import { clusterRights, definitionRights, namesOf, ownRights, restartRights, workRights } from './rights.ts';

const NOW = Date.UTC(2026, 5, 1, 12);

test.each([
  [{ major: '1', minor: '31', gitVersion: 'v1.31.0' }, 'ok'],
  [{ major: '1', minor: '36+', gitVersion: 'v1.36.1-gke.1' }, 'ok'],
  [{ major: '2', minor: '0', gitVersion: 'v2.0.0' }, 'ok'],
  [{ major: '1', minor: '30', gitVersion: 'v1.30.9' }, 'wrong'],
  [{}, 'note'],
])('Kubernetes %j: %s', (given, verdict) => {
  expect(versionFinding(given).verdict).toBe(verdict);
});

describe('the clock', () => {
  test('is compared with the middle of the request, and the middle of the second that the server said', () => {
    // Asked at -400, answered at 0; the server wrote at -200, and cut 300 ms off.
    expect(skewOf({ serverTime: NOW - 500, durationMs: 400 }, NOW)).toBe(200);
    expect(skewOf({ serverTime: undefined, durationMs: 400 }, NOW)).toBeUndefined();
  });

  test.each([
    [5_000, 'ok', 'agree within 5 s'],
    [-5_000, 'ok', 'agree within 5 s'],
    [5_400, 'wrong', '5 s behind the API server'],
    [-60_000, 'wrong', '60 s ahead of the API server'],
    [undefined, 'note', 'does not say'],
  ])('%s ms: %s', (skew, verdict, message) => {
    const finding = clockFinding(skew);
    expect(finding.verdict).toBe(verdict);
    expect(finding.message).toContain(message);
  });
});

describe('a CRD', () => {
  const [first] = [...customResourceDefinitions().values()] as readonly unknown[] as readonly Definition[];
  const ours = first as Definition;
  const serving = (schema: Schema, name = 'v1beta1'): Definition => ({
    ...ours,
    spec: { versions: [{ name, served: true, schema: { openAPIV3Schema: schema } }] },
  });
  const own = ours.spec.versions[0]?.schema?.openAPIV3Schema as Schema;
  const without = structuredClone(own) as { properties: { spec: { properties: Record<string, Schema> } } };
  delete without.properties.spec.properties['restart'];

  test.each([
    ['as ours', ours, 'ok', 'serves v1beta1'],
    ['missing', undefined, 'wrong', 'it is not installed'],
    ['of another version', serving(own, 'v1'), 'wrong', 'it does not serve v1beta1'],
    ['older', serving(without), 'wrong', 'drops what it does not know: spec.restart, spec.restart.targets, '],
    [
      'newer',
      serving({ ...own, properties: { ...own.properties, more: {} } }),
      'ok',
      'newer than this plugin: more',
    ],
    [
      'not established',
      { ...ours, status: { conditions: [{ type: 'Established', status: 'False', message: 'no' }] } },
      'wrong',
      'Established is False: no',
    ],
  ])('%s', (_, theirs, verdict, message) => {
    const finding = crdFinding(ours, theirs);
    expect(finding.verdict).toBe(verdict);
    expect(finding.message).toContain(message);
  });
});

describe('the Lease', () => {
  const lease = (secondsAgo: number, more: LeaseWire['spec'] = {}): LeaseWire => ({
    spec: {
      holderIdentity: 'pod-1',
      leaseDurationSeconds: 15,
      renewTime: new Date(NOW - secondsAgo * 1000).toISOString(),
      ...more,
    },
  });
  test.each([
    ['renewed', lease(2), 'ok', 'held by pod-1, renewed 2s ago'],
    ['by a clock that is ahead', lease(-3), 'ok', 'held by pod-1, renewed 0s ago'],
    ['old', lease(180), 'wrong', 'has not renewed it for 3m'],
    ['given up', lease(2, { holderIdentity: '' }), 'wrong', 'nobody holds it'],
    ['never renewed', lease(2, { renewTime: '' }), 'wrong', 'never renewed it'],
    ['missing', undefined, 'wrong', 'there is none'],
  ])('%s', (_, given, verdict, message) => {
    const finding = leaseFinding(given, 'system', NOW);
    expect(finding.verdict).toBe(verdict);
    expect(finding.message).toContain(message);
  });
});

describe('the Deployment', () => {
  const deployment = (replicas: number, available: number, labelled = version): DeploymentWire => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'op',
      namespace: 'system',
      uid: 'u',
      resourceVersion: '1',
      labels: { 'app.kubernetes.io/version': labelled },
    },
    spec: { replicas, template: { spec: { containers: [] } } },
    status: { availableReplicas: available },
  });
  test.each([
    [2, 2, 'ok'],
    [2, 1, 'note'],
    [2, 0, 'wrong'],
    [0, 0, 'wrong'],
  ])('%d wanted, %d available: %s', (wanted, available, verdict) => {
    expect(deploymentFinding(deployment(wanted, available)).verdict).toBe(verdict);
  });

  test('of another version is worth a note', () => {
    expect(operatorVersionFinding(deployment(1, 1)).verdict).toBe('ok');
    expect(operatorVersionFinding(deployment(1, 1, '9.9.9')).verdict).toBe('note');
  });
});

test('a provider object: what it says, what is held back, and what nobody accounts for', () => {
  const object = (conditions: readonly object[], more: object = {}) =>
    ({
      apiVersion: 'machine-client.dev/v1beta1',
      kind: 'IdentityProvider',
      metadata: { name: 'stytch', namespace: 'payments', uid: 'u', resourceVersion: '1' },
      status: { conditions, ...more },
    }) as KubeObject;
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: 'm',
  });
  const of = (...given: Parameters<typeof object>) =>
    providerFindings(object(...given)).map(({ verdict, message, todo }) => [verdict, message, todo]);
  const ready = condition('Ready', 'True', 'AccountReachable');
  expect(of([ready], { account: 'stytch/p' })).toEqual([['ok', 'Ready, stytch/p', undefined]]);
  expect(of([])).toMatchObject([['wrong', 'the operator has not looked at it', expect.any(String)]]);
  expect(of([condition('Ready', 'False', 'TLSFailed')])).toEqual([
    ['wrong', 'TLSFailed: m', 'a private certificate authority goes into spec.connection.caBundle'],
  ]);
  expect(of([condition('Ready', 'False', 'Unheard')])).toEqual([
    ['wrong', 'Unheard: m', 'kubectl describe identityprovider -n payments stytch'],
  ]);
  const held = [ready, condition('MassChangeHeld', 'True', 'Held')];
  expect(of(held, { massChange: { token: 'abc' }, orphans: { count: 2 } }).slice(1)).toEqual([
    ['wrong', 'Held: m', expect.stringContaining('machine-client.dev/confirm-mass-change=abc --overwrite')],
    [
      'note',
      'orphans: 2, clients there without a MachineClient',
      'kubectl machine-client orphans -n payments',
    ],
  ]);
});

describe('rights', () => {
  type Rules = readonly {
    readonly group: string;
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly name?: string;
  }[];
  const flat = (group: string, resources: readonly string[], verbs: readonly string[], name = '') =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource} ${name}`.trimEnd()));
  const ofTable = (...rules: readonly Rules[]) =>
    rules
      .flat()
      .flatMap(({ group, resources, verbs, name }) => flat(group, resources, verbs, name))
      .toSorted();
  const ofManifest = async (kind: string, name: string) => {
    const found = (await installManifests()).find((one) => one.kind === kind && one.metadata.name === name);
    return (found?.rules ?? [])
      .flatMap(({ apiGroups, resources, verbs, resourceNames }: Rule) =>
        flat(apiGroups.join(), resources, verbs, resourceNames?.join()),
      )
      .toSorted();
  };

  test('are those that the installation gives', async () => {
    expect(ofTable(workRights, restartRights, clusterRights, definitionRights)).toEqual(
      await ofManifest('ClusterRole', 'machine-client-operator'),
    );
    expect(ofTable(ownRights)).toEqual(await ofManifest('Role', 'machine-client-operator-own'));
  });

  test('that are missing are named together, and by namespace', () => {
    const right = (verb: string, resource: string, namespace?: string) => ({
      namespace,
      group: resource === 'secrets' ? '' : 'apps',
      resource,
      verb,
      name: undefined,
    });
    expect(
      namesOf([
        right('get', 'secrets'),
        right('list', 'secrets'),
        right('patch', 'deployments', installedNamespace),
      ]),
    ).toBe('get, list secrets; patch deployments.apps in machine-client-system');
  });
});

test('findings are a line each, with what to do below, and a sum', () => {
  const plain = (_: unknown, text: string): string => text;
  expect(findingsText([ok('a', 'fine'), wrong('b', 'broken', 'mend it'), note('c', 'look')], plain)).toBe(
    'ok      a: fine\nWRONG   b: broken\n        → mend it\nnote    c: look\n\n1 wrong\n',
  );
  expect(findingsText([ok('a', 'fine')], plain)).toBe('ok      a: fine\n\nnothing is wrong\n');
});
