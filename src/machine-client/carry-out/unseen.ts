import type { ReconcileContext } from '../reconcile-context.ts';
import type { Step } from '../step.ts';
import { viewSecret, type SecretView, type SecretWire } from '../secret-view.ts';
import { annotate } from './annotate.ts';

/** A Secret as it was read live: whether it is this object's. */
export const isOurs = (
  { ports, object }: ReconcileContext,
  view: SecretView | undefined,
): view is SecretView => view?.owner.installation === ports.installation && view.owner.name === object.name;

/** It is ours, and our watch does not show it: either not yet, or somebody took the label off. */
export const showAgain = async (
  context: ReconcileContext,
  wire: SecretWire,
  view: SecretView,
): Promise<Step> => (view.labelled ? { kind: 'stale' } : await annotate(context, wire, {}));

/**
 * Before a credential is touched for an object whose Secret the watch does not show: it may be there all the same, and
 * its consumers with it. Undefined: it is not.
 */
export const unseenSecret = async (context: ReconcileContext): Promise<Step | undefined> => {
  const wire = await context.readSecret();
  const view = wire && viewSecret(wire, context.ports.integrity);
  return wire && isOurs(context, view) && !view.deleting ? await showAgain(context, wire, view) : undefined;
};
