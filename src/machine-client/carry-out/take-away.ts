import { annotations, labels } from '../../api/group.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isInvalid } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import { templateNames } from '../render.ts';
import type { SecretView } from '../secret-view.ts';

const nothing = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.map((name) => [name, null]));

/**
 * Takes a Secret of ours away: the whole of it, or from one that was there before us what we have added, and nothing
 * else. `keeps`: the credential stays, and only what makes the Secret ours goes. Crash before, during or after it: what
 * is left still says whose it is, or is gone.
 *
 * @returns false where the API server does not let all of it go (the data of an immutable Secret, an annotation that its
 *   type needs): that stays there, and a MachineClient must not wait for ever to go.
 * @throws KubeError also where there is no such Secret (404), or another one of the name (409).
 */
export const takeAway = async (
  kube: KubeClient,
  secret: SecretView,
  keeps: boolean,
  signal: AbortSignal,
): Promise<boolean> => {
  const ref = { namespace: secret.namespace, name: secret.name };
  if (!secret.merged && !keeps) {
    await kube.delete(secretResource, ref, { uid: secret.uid, signal });
    return true;
  }
  const template = templateNames(secret.template);
  const data = nothing(secret.layout.map(([key]) => key));
  const metadata = (withTemplate: boolean) => ({
    uid: secret.uid,
    labels: nothing([labels.managed, ...(withTemplate ? template.labels : [])]),
    annotations: nothing([...ownAnnotations, ...(withTemplate ? template.annotations : [])]),
  });
  const bodies = [
    ...(keeps
      ? []
      : [
          { metadata: metadata(true), data },
          { metadata: metadata(false), data },
        ]),
    { metadata: metadata(false) },
  ];
  for (const [tried, body] of bodies.entries()) {
    try {
      await kube.mergePatch(secretResource, ref, body, { signal });
      return tried === 0;
    } catch (error) {
      if (!isInvalid(error)) throw error;
      // Another one of that name.
      if (error.causes.some(({ field }) => field === 'metadata.uid')) return true;
    }
  }
  return false;
};

const ownAnnotations = [
  annotations.merged,
  annotations.operation,
  annotations.clientId,
  annotations.credentialId,
  annotations.previousCredentialId,
  annotations.secretVersion,
  annotations.publishedAt,
  annotations.rotatedAt,
  annotations.owner,
  annotations.ownerCreated,
  annotations.secretName,
  annotations.expiryTime,
  annotations.terms,
  annotations.imported,
  annotations.firstCredential,
  annotations.integrity,
  annotations.keys,
  annotations.template,
  annotations.rotateRequest,
  annotations.abandonedOperation,
];
