import type { Pass } from '../pass.ts';
import type { Step } from '../step.ts';
import { viewSecret, type SecretView, type SecretWire } from '../secret-view.ts';
import { annotate } from './annotate.ts';

/** A Secret as it was read live: whether it is this object's. */
export const isOurs = ({ ports, object }: Pass, view: SecretView | undefined): view is SecretView =>
  view?.owner.installation === ports.installation && view.owner.name === object.name;

/** It is ours, and our watch does not show it: either not yet, or somebody took the label off. */
export const showAgain = async (pass: Pass, wire: SecretWire, view: SecretView): Promise<Step> =>
  view.labelled ? { kind: 'stale' } : await annotate(pass, wire, {});

/**
 * Before a credential is touched for an object whose Secret the watch does not show: it may be there all the same, and
 * its consumers with it. Undefined: it is not.
 */
export const unseenSecret = async (pass: Pass): Promise<Step | undefined> => {
  const wire = await pass.readSecret();
  const view = wire && viewSecret(wire, pass.ports.integrity);
  return wire && isOurs(pass, view) && !view.deleting ? await showAgain(pass, wire, view) : undefined;
};
