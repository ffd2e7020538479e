import { annotations } from '../../api/group.ts';
import { secretName } from '../../api/objects.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import type { Connected } from '../../providers/connected.ts';
import type { NewCredential } from '../../providers/provider.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { renderSecret, templateNames } from '../render.ts';
import { viewSecret, type SecretView, type SecretWire } from '../secret-view.ts';
import { surroundings } from '../surroundings.ts';
import { rewrittenName } from './rewritten.ts';

/** What is published, and under which operation. */
export interface Credential {
  readonly clientId: string;
  readonly credential: NewCredential;
  /** The rotation request that this publication answers; a stored credential answers no new one. */
  readonly rotateRequest: string | undefined;
  /** See `SecretView.first`. */
  readonly first?: boolean | undefined;
  /** When a stored credential was first published, wall clock in milliseconds; a new one: now. */
  readonly rotatedAt?: number | undefined;
}

/** The Secret of the wanted name as it was read before the fence. */
export type Target = { readonly kind: 'absent' } | { readonly kind: 'present'; readonly wire: SecretWire };

export const render = (
  context: ReconcileContext,
  connected: Connected,
  before: SecretView | undefined,
  operation: string,
  credential: Credential,
) => {
  const { object, ports } = context;
  const { spec } = object;
  const version = Math.max(before?.version ?? 0, object.status.secretVersion ?? 0) + 1;
  return renderSecret(
    {
      spec,
      owner: {
        installation: ports.installation,
        namespace: object.namespace,
        name: object.name,
        uid: object.uid,
      },
      ownerCreated: object.creationTime,
      name: secretName(object),
      ...credential,
      operation,
      version,
      now: ports.clock.now(),
      around: surroundings(context, connected),
    },
    ports.integrity,
  );
};

const body = (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  operation: string,
  credential: Credential,
) => {
  const { object, ports } = context;
  const { spec } = object;
  const present = target.kind === 'present' ? target.wire : undefined;
  const before = present && viewSecret(present, ports.integrity);
  const rendered = render(context, connected, before, operation, credential);
  if (!present)
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: secretName(object),
        namespace: object.namespace,
        labels: rendered.labels,
        annotations: rendered.annotations,
      },
      type: spec.secret.type,
      data: rendered.data,
    };
  // What we wrote before and do not want any more is taken away; whatever else is there is somebody else's.
  const gone = (names: readonly string[], wanted: object): Record<string, null> =>
    Object.fromEntries(names.filter((name) => !Object.hasOwn(wanted, name)).map((name) => [name, null]));
  const template = templateNames(before?.template ?? '');
  // Said on the Secret itself: whoever removes it later must not believe a spec that may have changed since.
  const merged = before ? before.merged : true;
  return {
    metadata: {
      uid: present.metadata.uid,
      resourceVersion: present.metadata.resourceVersion,
      labels: { ...gone(template.labels, rendered.labels), ...rendered.labels },
      annotations: {
        ...gone(
          [
            ...template.annotations,
            annotations.abandonedOperation,
            annotations.previousCredentialId,
            annotations.expiryTime,
            annotations.terms,
            annotations.imported,
            annotations.firstCredential,
          ],
          rendered.annotations,
        ),
        ...rendered.annotations,
        ...(merged && { [annotations.merged]: 'true' }),
      },
    },
    data: { ...gone(before?.layout.map(([key]) => key) ?? [], rendered.data), ...rendered.data },
  };
};

/** With what admission has changed of it, if anything. */
export const send = async (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  operation: string,
  credential: Credential,
  options: { dryRun?: boolean; leaveBy?: number },
): Promise<{ readonly wire: SecretWire; readonly rewritten: string | undefined }> => {
  const { kube } = context.ports;
  const content = body(context, connected, target, operation, credential);
  const { namespace } = context.object;
  const wire =
    target.kind === 'absent'
      ? await kube.create<SecretWire>(secretResource, namespace, content, {
          ...options,
          signal: context.signal,
        })
      : await kube.mergePatch<SecretWire>(
          secretResource,
          { namespace, name: target.wire.metadata.name },
          content,
          { ...options, signal: context.signal },
        );
  return { wire, rewritten: rewrittenName(content, wire) };
};
