import { expect, test } from 'vitest';
import type { MachineClient } from '../api/objects.ts';
import { parseMachineClient } from '../api/objects.ts';
import { annotations, apiVersion } from '../api/group.ts';
import { laneOf } from './lane.ts';

const condition = (type: string, status: string): object => ({
  type,
  status,
  reason: 'Some',
  message: '',
  lastTransitionTime: '2026-06-01T12:00:00Z',
});
const healthy = {
  observedGeneration: 2,
  secretVersion: 3,
  conditions: [condition('Ready', 'True'), condition('RotationInProgress', 'False')],
};
const overlapping = {
  ...healthy,
  conditions: [condition('Ready', 'True'), condition('RotationInProgress', 'True')],
};
const object = (
  status: object | undefined,
  notes: Record<string, string> = {},
  more: object = {},
): MachineClient =>
  parseMachineClient({
    apiVersion,
    kind: 'MachineClient',
    metadata: {
      name: 'a',
      namespace: 'ns',
      uid: 'uid',
      resourceVersion: '1',
      generation: 2,
      creationTimestamp: '2026-06-01T12:00:00Z',
      annotations: notes,
      ...more,
    },
    spec: { providerRef: { name: 'stytch' }, scopes: ['a:b'] },
    status,
  } as unknown as Parameters<typeof parseMachineClient>[0]);

test.each([
  ['a new one', object(undefined), 'user'],
  ['one whose spec was changed', object({ ...healthy, observedGeneration: 1 }), 'user'],
  ['one without a Secret', object({ ...healthy, secretVersion: undefined }), 'user'],
  ['one that is not Ready', object({ ...healthy, conditions: [condition('Ready', 'False')] }), 'user'],
  ['a rotation that a person asks for', object(healthy, { [annotations.rotateRequested]: '1' }), 'user'],
  [
    'one that was answered',
    object({ ...healthy, lastHandledRotateRequest: '1' }, { [annotations.rotateRequested]: '1' }),
    'resync',
  ],
  ['a reconcile request', object(healthy, { [annotations.reconcileRequested]: '1' }), 'user'],
  ['revoke-previous within an overlap', object(overlapping, { [annotations.revokePrevious]: '3' }), 'user'],
  ['revoke-previous after it', object(healthy, { [annotations.revokePrevious]: '3' }), 'resync'],
  [
    'revoke-previous of another version',
    object(overlapping, { [annotations.revokePrevious]: '2' }),
    'rotation',
  ],
  ['a rotation under way', object(overlapping), 'rotation'],
  ['a healthy one', object(healthy), 'resync'],
  ['a deletion', object(undefined, {}, { deletionTimestamp: '2026-06-01T13:00:00Z' }), 'deletion'],
])('%s', (_, one, lane) => {
  expect(laneOf(one)).toBe(lane);
});
