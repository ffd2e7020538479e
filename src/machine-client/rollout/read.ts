import { secretName } from '../../api/resources.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isNotFound } from '../../kube/errors.ts';
import { formatSelector } from './selector.ts';
import {
  type Consumer,
  consumerOf,
  missingConsumer,
  resourceOfWorkload,
  usesSecret,
  type WorkloadKind,
  type WorkloadWire,
} from './workload.ts';

const kinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Of a MachineClient what says who its consumers are. */
export interface Consumed {
  readonly namespace: string;
  readonly name: string;
  readonly spec: {
    readonly secret: Pick<MachineClientSpec['secret'], 'name'>;
    readonly restart?: MachineClientSpec['restart'];
  };
}

/**
 * The workloads of `spec.restart`, live: those that it names, those that its selectors match, and with `discover`
 * those whose pods read the Secret. Each once, in the order of kind and name.
 */
export const readConsumers = async (
  kube: KubeClient,
  object: Consumed,
  signal?: AbortSignal,
): Promise<readonly Consumer[]> => {
  const { namespace } = object;
  const { restart } = object.spec;
  const found = new Map<string, Consumer>();
  const add = (kind: WorkloadKind, wire: WorkloadWire): void => {
    found.set(`${kind} ${wire.metadata.name}`, consumerOf(kind, wire, object.name));
  };
  for (const { kind, name, selector } of restart?.targets ?? []) {
    const resource = resourceOfWorkload[kind];
    if (name === undefined) {
      const labelSelector = formatSelector(selector ?? {});
      for (const wire of await kube.list<WorkloadWire>(resource, { namespace, labelSelector, signal }))
        add(kind, wire);
      continue;
    }
    try {
      add(kind, await kube.get<WorkloadWire>(resource, { namespace, name }, { signal }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      found.set(`${kind} ${name}`, missingConsumer(kind, name));
    }
  }
  if (restart?.discover === true)
    for (const kind of kinds)
      for (const wire of await kube.list<WorkloadWire>(resourceOfWorkload[kind], { namespace, signal }))
        if (usesSecret(wire, secretName(object))) add(kind, wire);
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, consumer]) => consumer);
};
