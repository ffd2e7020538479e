import { describe, expect, test } from 'vitest';
import { podUses, type PodSpec } from './pod-uses.ts';
import { formatSelector } from './selector.ts';
import {
  consumerOf,
  usesSecret,
  restartAnnotations,
  type WorkloadKind,
  type WorkloadWire,
} from './workload.ts';

const wire = (
  spec: Partial<WorkloadWire['spec']>,
  status: WorkloadWire['status'] | undefined,
  generation = 2,
): WorkloadWire => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'billing', namespace: 'ns', uid: 'u', resourceVersion: '1', generation },
  spec: {
    template: { metadata: { annotations: restartAnnotations('app', { version: '3', operation: 'op-1s' }) } },
    ...spec,
  },
  ...(status && { status }),
});
const done = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
const daemonDone = {
  observedGeneration: 2,
  desiredNumberScheduled: 5,
  updatedNumberScheduled: 5,
  numberAvailable: 5,
};
const onDelete = { updateStrategy: { type: 'OnDelete' } };

test.each<[string, WorkloadKind, WorkloadWire, string | undefined]>([
  ['all new and available', 'Deployment', wire({ replicas: 3 }, done), undefined],
  ['no status yet', 'Deployment', wire({ replicas: 3 }, undefined), 'its rollout'],
  ['the controller has not looked', 'Deployment', wire({ replicas: 3 }, done, 3), 'its rollout'],
  ['an old pod is left over', 'Deployment', wire({ replicas: 3 }, { ...done, replicas: 4 }), 'its rollout'],
  ['not all updated', 'Deployment', wire({ replicas: 3 }, { ...done, updatedReplicas: 2 }), 'its rollout'],
  [
    'not all available',
    'Deployment',
    wire({ replicas: 3 }, { ...done, availableReplicas: 2 }),
    'its rollout',
  ],
  [
    'an old pod is in its grace period',
    'Deployment',
    wire({ replicas: 3 }, { ...done, terminatingReplicas: 1 }),
    'pods that are still terminating',
  ],
  [
    'paused after its rollout, and an old pod is in its grace period',
    'Deployment',
    wire({ replicas: 3, paused: true }, { ...done, terminatingReplicas: 1 }),
    'pods that are still terminating',
  ],
  [
    'pods that end while others are not up yet',
    'Deployment',
    wire({ replicas: 3 }, { ...done, updatedReplicas: 2, terminatingReplicas: 1 }),
    'its rollout',
  ],
  [
    'no pod is terminating',
    'Deployment',
    wire({ replicas: 3 }, { ...done, terminatingReplicas: 0 }),
    undefined,
  ],
  ['scaled to nothing', 'Deployment', wire({ replicas: 0 }, { observedGeneration: 2 }), undefined],
  [
    'one replica where nothing is said',
    'Deployment',
    wire({}, { ...done, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
    undefined,
  ],
  [
    'paused',
    'Deployment',
    wire({ replicas: 3, paused: true }, { ...done, updatedReplicas: 0 }),
    'it is paused',
  ],
  ['a StatefulSet that is done', 'StatefulSet', wire({ replicas: 3 }, done), undefined],
  [
    'OnDelete, old pods',
    'StatefulSet',
    wire({ replicas: 3, ...onDelete }, { ...done, updatedReplicas: 1 }),
    'its update strategy is OnDelete: delete its pods to restart them',
  ],
  [
    'OnDelete, and its controller has not looked',
    'StatefulSet',
    wire({ replicas: 3, ...onDelete }, done, 3),
    'its update strategy is OnDelete: delete its pods to restart them',
  ],
  [
    'OnDelete, and somebody has deleted them',
    'StatefulSet',
    wire({ replicas: 3, ...onDelete }, done),
    undefined,
  ],
  [
    'a partition keeps old pods',
    'StatefulSet',
    wire(
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      { ...done, updatedReplicas: 1 },
    ),
    'its rolling update has a partition',
  ],
  ['a DaemonSet that is done', 'DaemonSet', wire({}, daemonDone), undefined],
  ['a DaemonSet on no node', 'DaemonSet', wire({}, { observedGeneration: 2 }), undefined],
  ['a DaemonSet under way', 'DaemonSet', wire({}, { ...daemonDone, numberAvailable: 4 }), 'its rollout'],
  [
    'OnDelete, old pods on some nodes',
    'DaemonSet',
    wire(onDelete, { ...daemonDone, updatedNumberScheduled: 4 }),
    'its update strategy is OnDelete: delete its pods to restart them',
  ],
])('%s', (_, kind, workload, waitsFor) => {
  expect(consumerOf(kind, workload, 'app')).toEqual({
    kind,
    name: 'billing',
    uid: 'u',
    publication: { version: '3', operation: 'op-1s' },
    waitsFor,
  });
});

test('each MachineClient has a version of its own on the pods', () => {
  expect(consumerOf('Deployment', wire({}, done), 'other').publication).toBeUndefined();
  expect(restartAnnotations('app', { version: '3', operation: 'op-1s' })).toEqual({
    'secret-version.machine-client.dev/app': '3',
    'secret-operation.machine-client.dev/app': 'op-1s',
  });
});

describe('a pod uses the Secret', () => {
  test.each<[string, PodSpec]>([
    ['env', { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'app' } } }] }] }],
    ['envFrom', { containers: [{}, { envFrom: [{ secretRef: { name: 'app' } }] }] }],
    ['an init container', { initContainers: [{ envFrom: [{ secretRef: { name: 'app' } }] }] }],
    ['a volume', { volumes: [{ secret: { secretName: 'app' } }] }],
    ['a projected volume', { volumes: [{ projected: { sources: [{}, { secret: { name: 'app' } }] } }] }],
  ])('by %s', (_, spec) => {
    expect(podUses(spec, 'app')).toBe(true);
    expect(podUses(spec, 'ap')).toBe(false);
    expect(usesSecret(wire({ template: { spec } }, done), 'app')).toBe(true);
  });
  test('not at all', () => {
    expect(podUses({ containers: [{ env: [{}], envFrom: [{}] }], volumes: [{}] }, 'app')).toBe(false);
    expect(usesSecret(wire({}, done), 'app')).toBe(false);
  });
});

test('a selector as the API server reads it', () => {
  expect(
    formatSelector({
      matchLabels: { app: 'billing', tier: '' },
      matchExpressions: [
        { key: 'env', operator: 'In', values: ['a', 'b'] },
        { key: 'zone', operator: 'NotIn', values: ['c'] },
        { key: 'team', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    }),
  ).toBe('app=billing,tier=,env in (a,b),zone notin (c),team,!legacy');
  expect(formatSelector({})).toBe('');
});
