import { secretName } from '../../api/objects.ts';
import { isAlreadyExists, isConflict, isInvalid, isNotFound, KubeError } from '../../kube/errors.ts';
import type { Connected } from '../../providers/connected.ts';
import { secretFields } from '../../providers/provider.ts';
import { Secret } from '../../runtime/secret.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { placeholder } from '../render.ts';
import { viewSecret, type SecretView, type SecretWire } from '../secret-view.ts';
import { type Step, kubeSetback } from '../step.ts';
import { rewrittenSetback } from './rewritten.ts';
import { type Credential, render, send, type Target } from './secret-write.ts';
import { isFilledByOthers, occupied, refusedTemplate } from './strangers.ts';
import { isOurs, showAgain } from './unseen.ts';

export const isStep = (value: Target | Step): value is Step =>
  value.kind !== 'absent' && value.kind !== 'present';

const hold = (reason: 'SecretNotOurs' | 'SecretImmutable' | 'SecretRefused', message: string): Step => ({
  kind: 'setback',
  setback: { reason, message, retry: 'spec', side: 'kubernetes' },
});

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
