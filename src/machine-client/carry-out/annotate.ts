import { labels } from '../../api/group.ts';
import { isConflict, isNotFound, KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again, kubeSetback } from '../step.ts';
import type { SecretWire } from '../secret-view.ts';

/** A metadata patch of the Secret, label included; its data is not touched, so nobody who watches it restarts. */
export const annotate = async (
  context: ReconcileContext,
  wire: SecretWire,
  own: Readonly<Record<string, string>>,
): Promise<Step> => {
  const { uid, resourceVersion, name, namespace } = wire.metadata;
  const body = { metadata: { uid, resourceVersion, labels: { [labels.managed]: 'true' }, annotations: own } };
  try {
    context.adoptSecret(
      await context.ports.kube.mergePatch<SecretWire>(secretResource, { namespace, name }, body, {
        signal: context.signal,
      }),
    );
    return again;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return { kind: 'stale' };
    if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
    throw error;
  }
};
