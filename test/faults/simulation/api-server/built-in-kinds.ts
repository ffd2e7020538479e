import type { RawObject } from '../../../../src/kube/list-pager.ts';
import {
  apiVersion,
  configMaps,
  customResourceDefinitions,
  events,
  leases,
  namespaces,
  type Resource,
} from '../../../../src/kube/resource.ts';
import type { FieldCause } from './failure.ts';
import { isEmptyObject, type JsonObject } from './json.ts';
import { fieldAt, type Kind } from './kind.ts';
import { dataKeyCauses, fixedDataCauses, secretKind } from './secret-kind.ts';
import { workloadKinds } from './workload-kinds.ts';

/** Only these fields are stored; a strategy may do more. */
const kindOf = (resource: Resource, stored: readonly string[], more: Partial<Kind> = {}): Kind => ({
  ...resource,
  apiVersion: apiVersion(resource),
  custom: false,
  counted: false,
  hasStatus: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  incompleteWhenCreated: false,
  fields: new Map(),
  content: (sent) => pick(sent, stored),
  check: () => [],
  ...more,
});

/** Empty maps are as good as none. */
const pick = (sent: JsonObject, fields: readonly string[]): JsonObject => {
  const picked: Record<string, unknown> = {};
  for (const field of fields) {
    const value = sent[field];
    if (value !== undefined && value !== null && !isEmptyObject(value)) picked[field] = value;
  }
  return picked;
};

const namespaceKind = kindOf(namespaces, [], {
  hasStatus: true,
  fields: new Map([['status.phase', fieldAt(['status', 'phase'])]]),
  // Neither is written by anybody but the namespace's own machinery.
  content: (_, old) =>
    old === undefined
      ? { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
      : pick(old, ['spec', 'status']),
});

const leaseCauses = ({ spec }: RawObject): FieldCause[] => {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = (spec ?? {}) as JsonObject;
  const found: FieldCause[] = [];
  if (seconds !== undefined && !(typeof seconds === 'number' && seconds > 0))
    found.push(mustBe('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  if (transitions !== undefined && !(typeof transitions === 'number' && transitions >= 0))
    found.push(mustBe('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  return found;
};

const mustBe = (field: string, value: unknown, what: string): FieldCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${what}`,
  field,
});

/** All but the series of an event stands once and for all. */
const EVENT_FIELDS = [
  'eventTime',
  'reportingController',
  'reportingInstance',
  'action',
  'reason',
  'regarding',
  'related',
  'note',
  'type',
] as const;
const REQUIRED_OF_EVENT = [
  'eventTime',
  'reportingController',
  'reportingInstance',
  'action',
  'reason',
  'type',
];

const eventCauses = (next: RawObject, old: RawObject | undefined): FieldCause[] => {
  const found: FieldCause[] = [];
  if (old !== undefined) {
    for (const field of EVENT_FIELDS)
      if (next[field] !== old[field]) found.push(mustBe(field, next[field], 'field is immutable'));
    return found;
  }
  for (const field of REQUIRED_OF_EVENT)
    if (!next[field]) found.push({ reason: 'FieldValueRequired', message: 'Required value', field });
  const regarding = (next['regarding'] ?? {}) as { readonly namespace?: string };
  // About what has no namespace, events are in `default`.
  if ((regarding.namespace || 'default') !== next.metadata.namespace)
    found.push(mustBe('involvedObject.namespace', regarding.namespace, 'does not match event.namespace'));
  return found;
};

export const builtInKinds: readonly Kind[] = [
  secretKind,
  namespaceKind,
  kindOf(configMaps, ['immutable', 'data', 'binaryData'], {
    check: (next, old) => [
      ...dataKeyCauses(next['data'], 'data'),
      ...dataKeyCauses(next['binaryData'], 'binaryData'),
      ...(old === undefined ? [] : fixedDataCauses(next, old, ['data', 'binaryData'])),
    ],
  }),
  kindOf(leases, ['spec'], { unconditionalUpdate: false, createOnUpdate: true, check: leaseCauses }),
  kindOf(events, [...EVENT_FIELDS, 'series'], { createOnUpdate: true, check: eventCauses }),
  // What they say is in the kinds that the server was made with: of these objects only their life is asked.
  kindOf(customResourceDefinitions, ['spec']),
  ...workloadKinds,
];
