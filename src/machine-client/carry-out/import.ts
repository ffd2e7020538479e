import { isNotFound, KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import { Secret } from '../../runtime/secret.ts';
import { kubeSetback, type Pass, type Step } from '../pass.ts';
import type { SecretWire } from '../secret-view.ts';
import { ownValue } from '../../runtime/own.ts';

/** The value of `importSecretRef`, live. */
export const readImport = async (pass: Pass): Promise<Secret | undefined | Step> => {
  const ref = pass.object.spec.stytch?.importSecretRef;
  if (!ref) return undefined;
  const missing = (message: string): Step => ({
    kind: 'setback',
    setback: { reason: 'ImportSecretMissing', message, retry: 'soon', side: 'kubernetes' },
  });
  try {
    const wire = await pass.ports.kube.get<SecretWire>(
      secretResource,
      { namespace: pass.object.namespace, name: ref.name },
      { signal: pass.signal },
    );
    const value = ownValue(wire.data, ref.key);
    return value === undefined
      ? missing(`spec.stytch.importSecretRef: the Secret ${ref.name} has no key ${ref.key}`)
      : new Secret(Buffer.from(value, 'base64').toString('utf8'));
  } catch (error) {
    if (isNotFound(error)) return missing(`spec.stytch.importSecretRef: there is no Secret ${ref.name}`);
    if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
    throw error;
  }
};
