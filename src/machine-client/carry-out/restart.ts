import { isInvalid, KubeError } from '../../kube/errors.ts';
import { apiVersion } from '../../kube/resource.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again, kubeSetback } from '../step.ts';
import {
  type Consumer,
  type Publication,
  resourceOfWorkload,
  restartAnnotations,
} from '../../kube/rollout/workload.ts';
import type { Effect } from '../plan.ts';
import type { Setback } from '../status/picture.ts';

/** There is one of that name, with another uid. */
const isAnother = (error: KubeError): boolean =>
  isInvalid(error) && error.causes.some(({ field }) => field === 'metadata.uid');

/**
 * The publication of the Secret in two annotations of each pod template, by server-side apply of nothing else.
 *
 *   dead before it   the next pass sees a workload without it, and restarts that
 *   dead during it   some have it, and are not restarted again
 *   dead after it    the rollout goes on by itself; the next pass looks how far it is
 *
 * No fence: it changes nothing upstream, and the same publication twice is no change. A call of a dead process that
 * arrives late with an older one costs one more rollout, and is put right at the next look.
 */
export const restart = async (
  context: ReconcileContext,
  plan: Extract<Effect, { kind: 'restart' }>,
): Promise<Step> => {
  const { object, ports } = context;
  let failed: KubeError | undefined;
  for (const consumer of plan.consumers) {
    try {
      await apply(context, consumer, plan.publication);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // Deleted meanwhile, or made again: the next look shows which.
      if (error.status === 404 || error.status === 409 || isAnother(error)) return { kind: 'stale' };
      // One that refuses it does not keep the others from theirs.
      failed ??= error;
      continue;
    }
    const { kind, name } = consumer;
    ports.event(
      object,
      'Normal',
      plan.reason,
      `${kind} ${name} is restarted for version ${plan.publication.version}`,
    );
  }
  if (failed) return notRestarted(context, failed, plan.optional);
  context.consumers = undefined;
  return again;
};

const apply = async (
  { object, ports, signal }: ReconcileContext,
  { kind, name, uid }: Consumer,
  publication: Publication,
): Promise<void> => {
  const { namespace } = object;
  const resource = resourceOfWorkload[kind];
  const body = {
    apiVersion: apiVersion(resource),
    kind,
    // Apply would make what is not there; with the uid it is refused.
    metadata: { name, namespace, uid },
    spec: { template: { metadata: { annotations: restartAnnotations(object.name, publication) } } },
  };
  // A manager of our own for each MachineClient: with a shared one, the annotation of one would take that of the other
  // away.
  const fieldManager = `machine-client-operator/${object.name}`;
  await ports.kube.apply(resource, { namespace, name }, body, { fieldManager, force: true, signal });
};

/**
 * They cannot be looked at or restarted: the old credential lives on, and a person is told why. But where nothing waits
 * for them (it has leaked and is revoked, or it is dead already), nothing waits for this either.
 */
export const notRestarted = (context: ReconcileContext, error: KubeError, optional: boolean): Step => {
  const setback: Setback = { ...kubeSetback(error), during: 'Restarting' };
  if (!optional) return { kind: 'setback', setback };
  const { object, ports } = context;
  ports.event(object, 'Warning', setback.reason, `workloads are not restarted: ${setback.message}`);
  context.consumers = [];
  return again;
};
