import { isInvalid, KubeError } from '../../kube/errors.ts';
import { apiVersion } from '../../kube/resource.ts';
import { again, kubeSetback, type Pass, type Step } from '../pass.ts';
import { resourceOfWorkload, versionAnnotation } from '../rollout/workload.ts';
import type { Effect } from '../plan.ts';

/** There is one of that name, with another uid. */
const isAnother = (error: KubeError): boolean =>
  isInvalid(error) && error.causes.some(({ field }) => field === 'metadata.uid');

/**
 * One annotation with the publication of the Secret on each pod template, by server-side apply of that one field.
 *
 *   dead before it   the next pass sees a workload without it, and restarts that
 *   dead during it   some have it, and are not restarted again
 *   dead after it    the rollout goes on by itself; the next pass looks how far it is
 *
 * No fence: it changes nothing upstream, and the same publication twice is no change. A call of a dead process that
 * arrives late with an older one costs one more rollout, and is put right at the next look.
 */
export const restart = async (pass: Pass, plan: Extract<Effect, { kind: 'restart' }>): Promise<Step> => {
  const { object, ports } = pass;
  const { namespace } = object;
  for (const { kind, name, uid } of plan.consumers) {
    const resource = resourceOfWorkload[kind];
    const body = {
      apiVersion: apiVersion(resource),
      kind,
      // Apply would make what is not there; with the uid it is refused.
      metadata: { name, namespace, uid },
      spec: {
        template: { metadata: { annotations: { [versionAnnotation(object.name)]: plan.publication } } },
      },
    };
    try {
      // A manager of our own for each MachineClient: with a shared one, the annotation of one would take that of the
      // other away.
      await ports.kube.apply(resource, { namespace, name }, body, {
        fieldManager: `machine-client-operator/${object.name}`,
        force: true,
        signal: pass.signal,
      });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // Deleted meanwhile, or made again: the next look shows which.
      if (error.status === 404 || error.status === 409 || isAnother(error)) return { kind: 'stale' };
      return { kind: 'setback', setback: kubeSetback(error) };
    }
    ports.event(object, 'Normal', plan.reason, `${kind} ${name} is restarted for ${plan.publication}`);
  }
  pass.consumers = undefined;
  return again;
};
