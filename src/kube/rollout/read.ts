import { secretName } from '../../api/resources.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import type { KubeClient } from '../client.ts';
import { isNotFound } from '../errors.ts';
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
  const add = (consumer: Consumer): void => {
    found.set(`${consumer.kind} ${consumer.name}`, consumer);
  };
  const namespaceOf = { namespace, signal };
  for (const { kind, name, selector } of restart?.targets ?? []) {
    const resource = resourceOfWorkload[kind];
    if (name === undefined) {
      const labelSelector = formatSelector(selector ?? {});
      const all = await kube.list(resource, { ...namespaceOf, labelSelector }, (wire: WorkloadWire) =>
        consumerOf(kind, wire, object.name),
      );
      all.forEach(add);
      continue;
    }
    try {
      const wire = await kube.get<WorkloadWire>(resource, { namespace, name }, { signal });
      add(consumerOf(kind, wire, object.name));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      add(missingConsumer(kind, name));
    }
  }
  if (restart?.discover === true)
    for (const kind of kinds) {
      // Of each no more is kept than what counts: a namespace may be full of large ones.
      const all = await kube.list(resourceOfWorkload[kind], namespaceOf, (wire: WorkloadWire) =>
        usesSecret(wire, secretName(object)) ? consumerOf(kind, wire, object.name) : undefined,
      );
      all.forEach(add);
    }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, consumer]) => consumer);
};
