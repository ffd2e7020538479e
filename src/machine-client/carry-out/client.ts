import { isDeepStrictEqual } from 'node:util';
import type { Connected, PermittedCall } from '../../providers/connected.ts';
import type { Outcome } from '../../providers/outcome.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import { credentialAt } from '../policies/common/position.ts';
import type { Effect } from '../plan.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again } from '../step.ts';
import { viewSecret } from '../secret-view.ts';
import { unseenSecret } from './unseen.ts';
import { upstreamWrite } from './upstream-write.ts';
import { offered } from '../../providers/offered.ts';

type Positional = Extract<Effect, { kind: 'promote' | 'cancel' | 'turn' | 'drop' }>;
type Retire = Extract<Effect, { kind: 'retire' }>;
type Update = Extract<Effect, { kind: 'update' }>;
type Remove = Extract<Effect, { kind: 'remove-client' }>;
type Release = Extract<Effect, { kind: 'release-client' }>;

/** S live before a fence: undefined when it is still what was decided on. */
const secretMoved = async (context: ReconcileContext): Promise<Step | undefined> => {
  const view = context.secret;
  if (!view) return await unseenSecret(context);
  const wire = await context.readSecret(view.name);
  const read = wire && viewSecret(wire, context.ports.integrity);
  const now = read && context.judged(read);
  const same =
    now !== undefined &&
    now.uid === view.uid &&
    now.integrity === view.integrity &&
    now.operation === view.operation;
  return same ? undefined : { kind: 'stale' };
};

const positionalCall = (
  { account }: Connected,
  { kind, client, suffix }: Positional,
  call: PermittedCall,
): Promise<Outcome<UpstreamClient>> => {
  const twoPhase = () => offered(account.twoPhase, 'rotation in two phases');
  const staged = () => offered(account.staged, 'staged rotation');
  switch (kind) {
    case 'promote':
      return twoPhase().promote(client, call);
    case 'cancel':
      return twoPhase().cancel(client, call);
    case 'turn':
      return staged().turn(client, suffix, call);
    case 'drop':
      return staged().drop(client, suffix, call);
  }
};

const isAsMeant = ({ kind, suffix }: Positional, client: UpstreamClient): boolean =>
  kind === 'promote' || kind === 'turn'
    ? credentialAt(client, 'current')?.id === suffix
    : credentialAt(client, kind === 'cancel' ? 'next' : 'rotated') === undefined;

/**
 * By position: it acts on whatever is next, or rotated, when it arrives. The plan was made from a look in this very pass, and
 * afterwards the suffix says whether it acted on what was meant.
 *
 *   dead during it   wait until it is settled, look, compare the suffix
 */
export const positional = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Positional,
): Promise<Step> => {
  const moved = await secretMoved(context);
  if (moved) return moved;
  const written = await upstreamWrite(
    context,
    connected,
    plan.kind,
    { incarnation: context.incarnation, suffix: plan.suffix },
    (call) => positionalCall(connected, plan, call),
  );
  if (written.kind !== 'done') {
    context.forget(plan.client.id);
    return written.step;
  }
  const client = written.value;
  context.saw(client.id, client);
  if (!isAsMeant(plan, client))
    context.ports.event(
      context.object,
      'Warning',
      'RotationDisturbed',
      `after a ${plan.kind} of ****${plan.suffix} the provider shows another credential than that; the Secret is checked again`,
    );
  else if (plan.kind === 'cancel' && plan.reason !== 'Deleting')
    context.ports.event(
      context.object,
      'Normal',
      'OpenRotationCancelled',
      `the open rotation to ****${plan.suffix} was cancelled: its secret was lost`,
    );
  return again;
};

/** By id; gone already is a success, so dead at any moment of it means only to do it again. */
export const retire = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Retire,
): Promise<Step> => {
  const moved = await secretMoved(context);
  if (moved) return moved;
  const { client, credentialId } = plan;
  const written = await upstreamWrite(
    context,
    connected,
    'delete',
    { incarnation: context.incarnation, suffix: credentialId },
    (call) => offered(connected.account.additive, 'retirement by id').retire(client, credentialId, call),
  );
  if (written.kind !== 'done') {
    context.forget(client.id);
    return written.step;
  }
  context.saw(client.id, written.value);
  return again;
};

/** Fields and mark; partial, so dead during it is the same as before it: the difference is still there, or gone. */
export const update = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Update,
): Promise<Step> => {
  const clients = offered(connected.account.clients, 'clients');
  const written = await upstreamWrite(
    context,
    connected,
    'update',
    { incarnation: context.incarnation },
    (call) => clients.update(context.wish, plan.client, call),
  );
  if (written.kind !== 'done') return written.step;
  const changed = written.value;
  context.saw(changed.id, changed);
  // The provider said yes and did not do it: without this the loop would say it again for ever.
  const left = clients.differences(context.wish, changed);
  const hasMoved = connected.account.capabilities.updatesInParts && !isDeepStrictEqual(changed, plan.client);
  if (left.length > 0 && !hasMoved)
    return {
      kind: 'setback',
      setback: {
        reason: 'UnexpectedAnswer',
        message: `the provider accepted an update and still shows other values for: ${left.join(', ')}`,
        retry: 'later',
        side: 'provider',
      },
    };
  return again;
};

/** By id; gone already is a success, so dead at any moment of it means only to do it again. */
export const removeClient = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Remove,
): Promise<Step> => {
  const moved = context.object.deleting ? undefined : await secretMoved(context);
  if (moved) return moved;
  const written = await upstreamWrite(
    context,
    connected,
    'delete',
    { incarnation: context.incarnation },
    (call) => offered(connected.account.clients, 'clients').remove(plan.clientId, call),
  );
  if (written.kind !== 'done') return written.step;
  context.saw(plan.clientId, undefined);
  if (plan.reason === 'DuplicateRemoved')
    context.ports.event(context.object, 'Warning', 'DuplicateRemoved', plan.message);
  return again;
};

/** deletionPolicy Retain: the mark is rewritten before the finalizer goes, so that nobody takes it for ours later. */
export const releaseClient = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Release,
): Promise<Step> => {
  const written = await upstreamWrite(
    context,
    connected,
    'release',
    { incarnation: context.incarnation },
    (call) => offered(connected.account.clients, 'clients').release(plan.client, call),
  );
  if (written.kind !== 'done') return written.step;
  context.saw(plan.client.id, written.value);
  return again;
};
