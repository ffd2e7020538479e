import { labels } from '../../api/group.ts';
import { isConflict, isNotFound, KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import type { Pass } from '../pass.ts';
import { type Step, again, kubeSetback } from '../step.ts';
import type { SecretWire } from '../secret-view.ts';

/** A metadata patch of the Secret, label included; its data is not touched, so nobody who watches it restarts. */
export const annotate = async (
  pass: Pass,
  wire: SecretWire,
  own: Readonly<Record<string, string>>,
): Promise<Step> => {
  const { uid, resourceVersion, name, namespace } = wire.metadata;
  const body = { metadata: { uid, resourceVersion, labels: { [labels.managed]: 'true' }, annotations: own } };
  try {
    pass.adoptSecret(
      await pass.ports.kube.mergePatch<SecretWire>(secretResource, { namespace, name }, body, {
        signal: pass.signal,
      }),
    );
    return again;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return { kind: 'stale' };
    if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
    throw error;
  }
};
