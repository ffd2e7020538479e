import { annotations } from '../../api/group.ts';
import { secretName } from '../../api/objects.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound, KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import type { Connected } from '../../providers/connected.ts';
import { type NewCredential, secretFields } from '../../providers/provider.ts';
import { Secret } from '../../runtime/secret.ts';
import { sleep } from '../../runtime/clock.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, kubeSetback } from '../step.ts';
import { placeholder, renderSecret, templateNames } from '../render.ts';
import { requestToken } from '../requests.ts';
import { surroundings } from '../surroundings.ts';
import { viewSecret, type SecretView, type SecretWire } from '../secret-view.ts';
import type { Fence } from './fence.ts';
import { rewrittenName, rewrittenSetback } from './rewritten.ts';
import { isFilledByOthers, occupied, refusedTemplate } from './strangers.ts';
import { isOurs, showAgain } from './unseen.ts';
import { scaled } from '../timing.ts';

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

export const isStep = (value: Target | Step): value is Step =>
  value.kind !== 'absent' && value.kind !== 'present';

/** What a new credential answers: the request that is open, else what the one before it answered. */
export const answeredRequest = ({ object, secret }: ReconcileContext): string | undefined =>
  requestToken(object, annotations.rotateRequested) ?? secret?.rotateRequest;

const hold = (reason: 'SecretNotOurs' | 'SecretImmutable' | 'SecretRefused', message: string): Step => ({
  kind: 'setback',
  setback: { reason, message, retry: 'spec', side: 'kubernetes' },
});

const render = (
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

/** Merge adds and never overwrites. */
const collision = (
  context: ReconcileContext,
  connected: Connected,
  wire: SecretWire,
  before: SecretView | undefined,
  credential: Credential,
): Step | undefined => {
  const taken = occupied(wire, before, render(context, connected, before, 'dry-run', credential));
  return taken === undefined
    ? undefined
    : hold(
        'SecretNotOurs',
        `the Secret ${wire.metadata.name} has the ${taken}, which is not this MachineClient's; take it away there, or choose other names in spec.secret`,
      );
};

/** Whatever the policy: what such Secrets hold is somebody else's to say. */
const refusedTarget = (
  context: ReconcileContext,
  name: string,
  wire: SecretWire | undefined,
): Step | undefined => {
  const { ports, object } = context;
  const reserved = ports.reserved(object.namespace, name);
  if (reserved !== undefined)
    return hold('SecretNotOurs', `the Secret ${name} ${reserved}; choose another spec.secret.name`);
  return wire && refusedType(wire);
};

const refusedType = (wire: SecretWire): Step | undefined =>
  isFilledByOthers(wire)
    ? hold(
        'SecretNotOurs',
        `the Secret ${wire.metadata.name} is of the type ${wire.type}, which another controller fills; choose another spec.secret.name`,
      )
    : undefined;

/** What is published there would be gone with it. */
const terminating = (name: string): Step => ({
  kind: 'setback',
  setback: {
    reason: 'SecretRefused',
    message: `the Secret ${name} is being deleted and still there; a finalizer of somebody else holds it`,
    retry: 'soon',
    side: 'kubernetes',
  },
});

/** With what admission has changed of it, if anything. */
const send = async (
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

/** The target, where the API server would store what it is sent. */
const tryOut = async (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  stand: Credential,
): Promise<Target | Step> => {
  const { rewritten } = await send(context, connected, target, 'dry-run', stand, { dryRun: true });
  return rewritten === undefined
    ? target
    : { kind: 'setback', setback: rewrittenSetback(secretName(context.object), rewritten) };
};

/**
 * Asks the API server whether it would take the Secret: quota, admission, permission, a terminating namespace, an
 * immutable or foreign Secret all answer here, before anything is minted that then could not be stored.
 * Returns the Secret as it is now, which is what the publication will be conditional on.
 */
export const dryRunSecret = async (
  context: ReconcileContext,
  connected: Connected,
  clientId: string,
): Promise<Target | Step> => {
  const { object, ports } = context;
  const name = secretName(object);
  const known = ports.secrets.get(`${object.namespace}/${name}`);
  const template = refusedTemplate(object.spec);
  if (template !== undefined) return hold('SecretRefused', `${template}; change it`);
  const refused = known ? undefined : refusedTarget(context, name, undefined);
  if (refused) return refused;
  const stand: Credential = {
    clientId,
    credential: {
      id: 'dry-run',
      values: Object.fromEntries(secretFields.map((field) => [field, new Secret(placeholder)])),
    },
    rotateRequest: undefined,
  };
  let target: Target = { kind: 'absent' };
  if (known) {
    // A Secret of ours is read live: what the watch shows may be old, and the publication is conditional on this copy.
    const wire = await context.readSecret(name);
    if (wire?.metadata.resourceVersion !== known.resourceVersion) return { kind: 'stale' };
    if (wire.metadata.deletionTimestamp !== undefined) return terminating(name);
    const before = viewSecret(wire, ports.integrity);
    const taken =
      refusedType(wire) ?? (known.merged ? collision(context, connected, wire, before, stand) : undefined);
    if (taken) return taken;
    target = { kind: 'present', wire };
  }
  try {
    return await tryOut(context, connected, target, stand);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (isAlreadyExists(error)) return await meetStranger(context, connected, name, stand);
    if (isConflict(error) || isNotFound(error)) return { kind: 'stale' };
    if (isInvalid(error) && target.kind === 'present' && target.wire.immutable === true)
      return hold(
        'SecretImmutable',
        `the Secret ${name} is immutable and cannot be changed; delete it, or choose another spec.secret.name`,
      );
    return { kind: 'setback', setback: kubeSetback(error) };
  }
};

/** A Secret of the wanted name that our watch does not show. */
const meetStranger = async (
  context: ReconcileContext,
  connected: Connected,
  name: string,
  stand: Credential,
): Promise<Target | Step> => {
  const wire = await context.readSecret(name);
  if (!wire) return { kind: 'stale' };
  const { object, ports } = context;
  const view = viewSecret(wire, ports.integrity);
  if (isOurs(context, view)) return view.deleting ? terminating(name) : await showAgain(context, wire, view);
  if (object.spec.secret.creationPolicy !== 'Merge' || view !== undefined)
    return hold(
      'SecretNotOurs',
      `the Secret ${name} exists and is not this MachineClient's; delete it, choose another spec.secret.name, or add to it with spec.secret.creationPolicy: Merge`,
    );
  const taken = refusedTarget(context, name, wire) ?? collision(context, connected, wire, undefined, stand);
  if (taken) return taken;
  const target: Target = { kind: 'present', wire };
  try {
    return await tryOut(context, connected, target, stand);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (isConflict(error) || isNotFound(error)) return { kind: 'stale' };
    return wire.immutable === true
      ? hold(
          'SecretImmutable',
          `the Secret ${name} is immutable and cannot be added to; choose another spec.secret.name`,
        )
      : { kind: 'setback', setback: kubeSetback(error) };
  }
};

const FIRST_PAUSE_MS = 100;
/** How a publication ended. `lost`: it is certain that no Secret holds the credential. */
export interface Published {
  readonly step: Step;
  readonly lost: boolean;
}

/** The status says next what was published: another fence before it would hide whose the open credential is. */
const published: Published = { step: { kind: 'write-status' }, lost: false };

/**
 * The publication: data and annotations in one write, conditional on the Secret as it was before the fence.
 *
 *   dead before it   the credential is lost in memory; upstream still shows it: one more is minted, this one retired
 *   dead during it   the Secret is there or not, and says which operation it comes from
 *   dead after it    status is derived from the Secret
 *
 * The value exists nowhere else, so a failure that may pass is tried again for as long as V allows: the write is
 * conditional, hence it cannot be applied twice. A 409 ends the pass: another one has won the Secret.
 */
export const publish = async (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  fence: Fence,
  credential: Credential,
): Promise<Published> => {
  const { clock, timing } = context.ports;
  let pause = scaled(timing, FIRST_PAUSE_MS);
  // One that was sent and not answered may be there, whatever is said of the next one.
  let mayBeThere = false;
  const ended = (step: Step): Published => ({ step, lost: !mayBeThere });
  for (;;) {
    try {
      const { wire, rewritten } = await send(context, connected, target, fence.operation.id, credential, {
        leaveBy: fence.publishBy,
      });
      context.adoptSecret(wire);
      if (rewritten !== undefined)
        // The dry run came back as it was sent: whatever does this does it in earnest alone, each time that it is tried.
        return {
          step: {
            kind: 'setback',
            setback: { ...rewrittenSetback(wire.metadata.name, rewritten), retry: 'later' },
          },
          lost: false,
        };
      context.log.info({ operation: fence.operation.id, clientId: credential.clientId }, 'published');
      return published;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.status === 409) {
        // Our own write of unknown result, or somebody else's.
        const wire = await context.readSecret();
        if (wire?.metadata.annotations?.[annotations.operation] !== fence.operation.id)
          return ended({ kind: 'stale' });
        context.adoptSecret(wire);
        return published;
      }
      mayBeThere ||= error.outcome === 'unknown';
      if (mayBeThere) context.ports.shown.set(context.object.uid, true);
      const passing =
        error.outcome === 'unknown' || error.status === 429 || error.status >= 500 || error.status === 0;
      // The dry run was taken and this is not: whoever says no here would cost one more credential at each try.
      if (!passing) return ended({ kind: 'setback', setback: { ...kubeSetback(error), retry: 'later' } });
      if (clock.monotonic() + pause >= fence.publishBy)
        return ended({ kind: 'setback', setback: kubeSetback(error) });
      await sleep(
        clock,
        Math.min(Math.max(pause, error.retryAfterMs ?? 0), fence.publishBy - clock.monotonic()),
        context.signal,
      );
      pause *= 2;
    }
  }
};
