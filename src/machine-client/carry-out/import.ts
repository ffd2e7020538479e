import { isNotFound, KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import { Secret } from '../../runtime/secret.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, kubeSetback } from '../step.ts';
import type { SecretWire } from '../secret-view.ts';
import { ownValue } from '../../runtime/own.ts';

/** The value of `importSecretRef`, live. */
export const readImport = async (context: ReconcileContext): Promise<Secret | undefined | Step> => {
  const ref = context.object.spec.credential.importSecretRef;
  if (!ref) return undefined;
  const missing = (message: string): Step => ({
    kind: 'setback',
    setback: { reason: 'ImportSecretMissing', message, retry: 'soon', side: 'kubernetes' },
  });
  try {
    const wire = await context.ports.kube.get<SecretWire>(
      secretResource,
      { namespace: context.object.namespace, name: ref.name },
      { signal: context.signal },
    );
    const encoded = ownValue(wire.data, ref.key);
    if (encoded === undefined)
      return missing(`spec.credential.importSecretRef: the Secret ${ref.name} has no key ${ref.key}`);
    const value = Buffer.from(encoded, 'base64').toString('utf8');
    // The provider would take it to the letter, and programs that use the secret would be refused.
    return value === value.trim()
      ? new Secret(value)
      : missing(
          `spec.credential.importSecretRef: the value of the key ${ref.key} of the Secret ${ref.name} begins or ends with white space, such as the line break of an echo; store it without`,
        );
  } catch (error) {
    if (isNotFound(error)) return missing(`spec.credential.importSecretRef: there is no Secret ${ref.name}`);
    if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
    throw error;
  }
};
