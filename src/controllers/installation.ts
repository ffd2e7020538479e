import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { installationSecretName } from '../api/group.ts';
import { isAlreadyExists, isForbidden, isNotFound } from '../kube/errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { namespaces, secrets, type KubeObject } from '../kube/resource.ts';
import type { IntegrityKey } from '../machine-client/integrity.ts';
import type { SecretWire } from '../machine-client/secret-view.ts';
import { OperatorError } from '../runtime/errors.ts';
import { Secret } from '../runtime/secret.ts';

/** What names this installation in every mark: configured, else the uid of kube-system, which no other cluster has. */
export const installationId = async (
  kube: KubeClient,
  configured: string | undefined,
  signal: AbortSignal,
): Promise<string> => {
  if (configured === undefined)
    return (await kube.get<KubeObject>(namespaces, { name: 'kube-system' }, { signal, metadataOnly: true }))
      .metadata.uid;
  // It is a part of a mark, between slashes.
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,62})$/.test(configured))
    throw new OperatorError(
      'MCO_SETTING',
      '--installation-id must be 1 to 63 letters, digits, dots, dashes or underscores',
    );
  return configured;
};

/** Who may not look lives in it: a pod's namespace is there, and its rights may end at it. */
export const ensureNamespace = async (kube: KubeClient, name: string, signal: AbortSignal): Promise<void> => {
  try {
    await kube.get(namespaces, { name }, { signal, metadataOnly: true });
  } catch (error) {
    if (isForbidden(error)) return;
    if (!isNotFound(error)) throw error;
    await kube
      .create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { signal })
      .catch((failure: unknown) => {
        if (!isAlreadyExists(failure)) throw failure;
      });
  }
};

const read = (wire: SecretWire): IntegrityKey | undefined => {
  const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');
  const id = decode(wire.data?.['key-id']);
  const key = decode(wire.data?.['key']);
  return /^[a-z0-9]{8,32}$/.test(id) && key.length >= 40 ? { id, key: new Secret(key) } : undefined;
};

/**
 * The integrity key, made at the first start. Two replicas that start together make one: the POST of the second is
 * refused. Should it be lost, the next one has another id, and no Secret counts as edited for it.
 */
export const integrityKey = async (
  kube: KubeClient,
  namespace: string,
  log: Logger,
  signal: AbortSignal,
): Promise<IntegrityKey> => {
  const ref = { namespace, name: installationSecretName };
  for (;;) {
    try {
      const key = read(await kube.get<SecretWire>(secrets, ref, { signal }));
      if (!key)
        throw new OperatorError(
          'MCO_INTEGRITY_KEY',
          `the Secret ${namespace}/${installationSecretName} does not hold key-id and key; restore it, or delete it to have a new one made`,
        );
      return key;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: ref,
      type: 'Opaque',
      stringData: { 'key-id': randomBytes(6).toString('hex'), key: randomBytes(32).toString('base64') },
    };
    try {
      await kube.create(secrets, namespace, body, { signal });
      log.info({ ns: namespace, name: installationSecretName }, 'integrity key made');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
};
