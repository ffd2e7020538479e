import type { Provider } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { configMaps, secrets, type ObjectMeta, type Resource } from '../kube/resource.ts';
import { type Connection, trustedWith } from '../providers/connection.ts';
import type { ProviderModule } from '../providers/module.ts';
import { OperatorError } from '../runtime/errors.ts';
import { ownValue } from '../runtime/own.ts';
import { Secret } from '../runtime/secret.ts';
import { parseDuration } from '../api/durations.ts';
import { LONGEST_TIMEOUT_MS } from '../api/schema/identity-provider.ts';

/** An object that a provider refers to does not exist, or lacks the key. */
export class MissingReference extends OperatorError {
  constructor(message: string) {
    super('MCO_REFERENCE_MISSING', message);
  }
}

interface KeyRef {
  readonly name: string;
  readonly key: string;
}

interface Wire {
  readonly metadata: ObjectMeta;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Resolved {
  readonly connection: Connection;
  readonly credential: Secret | undefined;
  /** The credential's Secret, for its finalizer. */
  readonly credentialMeta: ObjectMeta | undefined;
}

/** `secrets ns/name`: what the metadata watches report. */
export const referenceKey = (resource: Resource, namespace: string, name: string): string =>
  `${resource.plural} ${namespace}/${name}`;

/** Every object that the provider refers to, so that a change of one wakes it. */
export const referencesOf = (
  spec: NonNullable<Provider['spec']>,
  module: ProviderModule | undefined,
  namespace: string,
): ReadonlySet<string> => {
  const { caBundle, headers = [] } = spec.connection;
  const ofSecrets = [
    module?.describe(spec).secretKeyRef,
    caBundle?.secretKeyRef,
    ...headers.map((header) => header.valueFrom?.secretKeyRef),
  ];
  const keys = ofSecrets.flatMap((ref) => (ref ? [referenceKey(secrets, namespace, ref.name)] : []));
  const ofMaps = caBundle?.configMapKeyRef
    ? [referenceKey(configMaps, namespace, caBundle.configMapKeyRef.name)]
    : [];
  return new Set([...keys, ...ofMaps]);
};

/** Reads live everything that `spec.connection` and the login refer to. */
export const resolveReferences = async (
  kube: KubeClient,
  provider: Provider,
  spec: NonNullable<Provider['spec']>,
  module: ProviderModule,
  namespace: string,
  policy: { readonly allowInsecure: boolean; readonly scale: (ms: number) => number },
  signal: AbortSignal,
): Promise<Resolved> => {
  const read = async (
    resource: Resource,
    ref: KeyRef,
    field: string,
  ): Promise<{ value: string; metadata: ObjectMeta }> => {
    const where = `${provider.kind} ${provider.name}: ${field} names`;
    try {
      const wire = await kube.get<Wire>(resource, { namespace, name: ref.name }, { signal });
      const raw = ownValue(wire.data, ref.key);
      if (raw === undefined)
        throw new MissingReference(
          `${where} the ${resource.kind} ${namespace}/${ref.name}, which has no key ${ref.key}`,
        );
      const value = resource === secrets ? Buffer.from(raw, 'base64').toString('utf8') : raw;
      return { value, metadata: wire.metadata };
    } catch (error) {
      if (isNotFound(error))
        throw new MissingReference(
          `${where} the ${resource.kind} ${namespace}/${ref.name}, which does not exist`,
        );
      throw error;
    }
  };
  const { connection } = spec;
  const { baseUrl, secretKeyRef } = module.describe(spec);
  const credential = secretKeyRef && (await read(secrets, secretKeyRef, 'auth.secretKeyRef'));
  const { caBundle } = connection;
  const bundle = caBundle?.configMapKeyRef
    ? await read(configMaps, caBundle.configMapKeyRef, 'caBundle.configMapKeyRef')
    : caBundle?.secretKeyRef && (await read(secrets, caBundle.secretKeyRef, 'caBundle.secretKeyRef'));
  const headers = await Promise.all(
    (connection.headers ?? []).map(async ({ name, value, valueFrom }) => ({
      name,
      value: new Secret(
        (valueFrom
          ? (await read(secrets, valueFrom.secretKeyRef, `header ${name}`)).value
          : (value ?? '')
        ).trim(),
      ),
    })),
  );
  return {
    connection: {
      baseUrl,
      timeoutMs: policy.scale(Math.min(parseDuration(connection.timeout), LONGEST_TIMEOUT_MS)),
      proxyUrl: connection.proxyUrl,
      ca: bundle && trustedWith(bundle.value),
      headers,
      refuseLocal: !policy.allowInsecure,
    },
    // Files made with echo end in a newline; no management credential does.
    credential: credential && new Secret(credential.value.trim()),
    credentialMeta: credential?.metadata,
  };
};
