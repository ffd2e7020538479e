import { finalizers } from '../../api/group.ts';
import { machineClients } from '../../api/objects.ts';
import type { Effect } from '../plan.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again } from '../step.ts';
import { writeHeld } from './begin.ts';

type Finish = Extract<Effect, { kind: 'finish' }>;
type LetGo = Extract<Effect, { kind: 'let-go' }>;

/**
 * The end: whatever is left upstream is recorded on the provider first, for after the finalizer nobody knows of it.
 *
 *   dead between the two   it is recorded twice: the record is a set, so once
 */
export const finish = async (context: ReconcileContext, plan: Finish): Promise<Step> => {
  const { object, ports } = context;
  if (plan.orphan !== undefined) {
    await ports.recordOrphan(object, plan.orphan);
    ports.event(object, 'Warning', 'UpstreamAbandoned', `the client ${plan.orphan} was left at the provider`);
  }
  await takeOff(context);
  context.log.info('let go');
  return again;
};

/**
 * As above, and nothing but that: the Secret and the marks stay, by which the object finds all of it again when it comes
 * back. Nobody will be able to look at the object, so it is told on the provider and in the log.
 */
export const letGo = async (context: ReconcileContext, { orphan, reason, message }: LetGo): Promise<Step> => {
  const { object, ports } = context;
  if (orphan !== undefined) await ports.recordOrphan(object, orphan);
  ports.eventOnProvider(object, 'Warning', reason, message);
  await takeOff(context);
  context.log.warn({ reason, clientId: orphan, secret: context.secret?.name }, message);
  return again;
};

const takeOff = async (context: ReconcileContext): Promise<void> => {
  const { object, ports } = context;
  await ports.recordLeaving(object);
  const others = object.finalizers.filter((name) => name !== finalizers.upstream);
  const { uid, resourceVersion } = object;
  const body = { metadata: { uid, resourceVersion, finalizers: others } };
  context.adopt(await ports.kube.mergePatch(machineClients, context.ref, body, { signal: context.signal }));
  // The answer to an update that ends an object bears the former version, so the cache cannot tell it from no change.
  if (others.length === 0) ports.machineClients.removed(`${object.namespace}/${object.name}`, uid);
};

/** The fence brings the finalizer with it; this is for an object that lost it while nothing is due. */
export const takeFinalizer = async (context: ReconcileContext): Promise<Step> => {
  await writeHeld(context, {});
  return again;
};
