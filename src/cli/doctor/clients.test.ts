import { expect, test } from 'vitest';
import { formatOperation } from '../../api/operation.ts';
import type { MachineClientWire } from '../wire.ts';
import { clientFindings, type Onlooker } from './clients.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const here: Onlooker = { namespace: 'system', watchNamespaces: [], id: 'ours' };

const condition = (type: string, status: 'True' | 'False', reason: string) => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-06-01T11:00:00Z',
});
const ready = condition('Ready', 'True', 'Ready');
const object = (
  key: string,
  {
    conditions = [ready],
    ageMs = 3_600_000,
    installation = 'ours',
  }: {
    readonly conditions?: readonly ReturnType<typeof condition>[];
    readonly ageMs?: number;
    readonly installation?: string;
  } = {},
): MachineClientWire => {
  const [namespace = '', name = ''] = key.split('/');
  const operation = formatOperation({
    id: '1',
    kind: 'create',
    at: 0,
    until: 0,
    uid: 'u',
    installation,
    incarnation: 0,
  });
  return {
    apiVersion: 'machine-client.dev/v1beta1',
    kind: 'MachineClient',
    metadata: {
      namespace,
      name,
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: new Date(NOW - ageMs).toISOString(),
      annotations: { 'machine-client.dev/operation': operation },
    },
    status: { conditions: [...conditions] },
  };
};
const of = (objects: readonly MachineClientWire[], onlooker: Onlooker = here): string[] =>
  clientFindings(objects, onlooker, NOW).map(({ verdict, message }) => `${verdict} ${message}`);
const unseen = { conditions: [] };

test('what was looked at, and what is younger than a minute, is well', () => {
  expect(of([object('a/one'), object('a/new', { conditions: [], ageMs: 59_000 })])).toEqual([
    'ok 2; each was looked at, no rollout hangs, and no rotation is blocked',
  ]);
});

test('what nobody looks at is named with its namespace, and told from what the operator should look at', () => {
  const objects = [object('a/one', unseen), object('b/two', unseen), object('b/seen')];
  expect(of(objects)).toEqual(['wrong the operator has not looked at a/one, b/two']);
  expect(of(objects, { ...here, watchNamespaces: ['a', 'c'] })).toEqual([
    'wrong nobody looks at b/two: the operator watches a, c only',
    'wrong the operator has not looked at a/one',
  ]);
  const [first] = clientFindings([object('b/two', unseen)], { ...here, watchNamespaces: ['a'] }, NOW);
  expect(first?.todo).toBe('add b to watchNamespaces of the chart (--watch-namespaces)');
  const many = Array.from({ length: 7 }, (_, index) => object(`a/n${index}`, unseen));
  expect(of(many)).toEqual(['wrong the operator has not looked at a/n0, a/n1, a/n2, a/n3, a/n4 and 2 more']);
});

test('what another installation works on is named with its id, where the operator would look at it', () => {
  const theirs = { installation: 'former' };
  const objects = [object('a/one', theirs), object('b/two', theirs), object('a/ours')];
  expect(of(objects)).toEqual([
    'wrong installation former works on a/one, b/two, and the operator here is installation ours: it leaves them alone',
  ]);
  expect(of(objects, { ...here, watchNamespaces: ['a'] })).toEqual([
    expect.stringContaining('works on a/one, and'),
  ]);
  expect(of(objects, { ...here, id: undefined })).toEqual([expect.stringMatching(/^ok/)]);
});

test('a rollout that hangs is wrong, one that is only under way is not', () => {
  const rotating = (reason: string) => ({
    conditions: [ready, condition('RotationInProgress', 'True', reason)],
  });
  expect(of([object('a/slow', rotating('RolloutPending'))])).toEqual([expect.stringMatching(/^ok/)]);
  const [finding] = clientFindings([object('a/web', rotating('RolloutStuck'))], here, NOW);
  expect(finding).toMatchObject({
    verdict: 'wrong',
    message: 'rollouts after a rotation hang (RolloutStuck): a/web',
    todo: 'kubectl machine-client status web -n a',
  });
});

test('a rotation that somebody else blocks is wrong', () => {
  const blocked = (status: 'True' | 'False') => ({
    conditions: [ready, condition('RotationBlocked', status, 'ForeignRotationOpen')],
  });
  expect(of([object('a/free', blocked('False'))])).toEqual([expect.stringMatching(/^ok/)]);
  expect(clientFindings([object('a/web', blocked('True'))], here, NOW)).toMatchObject([
    {
      verdict: 'wrong',
      message: 'rotations are blocked (RotationBlocked): a/web',
      todo: 'kubectl machine-client status web -n a',
    },
  ]);
});
