import type { MachineClient, Provider } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import type { HeldDeletion } from '../machine-client/facts.ts';
import { isAffected, type UpstreamHealth } from '../machine-client/policies/mass.ts';
import { isMassDeletion, sayMassDeletion } from './deletion-guard.ts';
import { sayHeld, type MassChange } from './mass-guard.ts';
import type { SharedPool } from './registry.ts';
import type { Serving } from './serving.ts';

/** What the guards of an account hold, as its objects and its provider objects may know it. Nothing here changes anything. */

/** How long a lost client or Secret is only watched; longer than the distance of two judgements. */
const QUIET_MS = 5_000;

/** Of provider objects that stand for one account the most careful counts. */
export const holdsDeletions = (serving: Serving, { members }: SharedPool): boolean => {
  for (const member of members)
    if (serving.provider(member)?.spec?.massDeletionPolicy === 'Hold') return true;
  return false;
};

/** What held objects of this namespace say. The provider objects that serve it can confirm. */
export const heldIn = (
  serving: Serving,
  { mass, members }: SharedPool,
  namespace: string,
): string | undefined => {
  const confirming = [...members].filter((member) => serving.serves(member, namespace));
  return mass.held(
    namespace,
    confirming.map((member) => serving.confirmation(member)),
  );
};

export interface Time {
  /** Wall clock. */
  readonly now: number;
  readonly scale: (ms: number) => number;
}

/**
 * Since when the object's client or credential is found lost, and until when that is only watched. What the guards have
 * not counted yet was found this moment: so nothing is replaced before it was counted.
 */
export const lossOf = (
  { pool, tally }: SharedPool,
  object: MachineClient,
  { health, organization }: { readonly health: UpstreamHealth; readonly organization: string | undefined },
  { now, scale }: Time,
): { readonly lostSince: number | undefined; readonly quietUntil: number | undefined } => {
  if (!isAffected(health)) return { lostSince: undefined, quietUntil: undefined };
  const notice = tally.noticed(objectKey(object));
  // The clock may have been set back meanwhile.
  const lostSince = notice?.how === health ? Math.min(notice.since, now) : now;
  // All organizations may have lost theirs: each is listed before one client is recreated.
  const more = health === 'gone' && !pool.othersListedSince(organization, lostSince);
  return { lostSince, quietUntil: (more ? now : lostSince) + scale(QUIET_MS) };
};

/** The same, of one that is being deleted. */
export const deletionOf = (
  serving: Serving,
  shared: SharedPool,
  object: MachineClient,
  now: number,
): HeldDeletion | undefined => {
  if (!object.deleting || !holdsDeletions(serving, shared)) return undefined;
  const { deletions, members } = shared;
  const confirmations = [...members].map((member) => serving.confirmation(member));
  const confirmed = deletions.change && confirmations.includes(deletions.change.token);
  return {
    deletionHeld: deletions.held(object.namespace, confirmations),
    deletionQuietUntil: confirmed ? undefined : deletions.quietUntil(object, now),
  };
};

/** What was held of a provider object before it was connected to no account: it goes on until it is counted again. */
export const changeOf = (
  serving: Serving,
  key: string,
): { readonly change: MassChange | undefined; readonly held: string | undefined } => {
  const change = serving.provider(key)?.status.massChange;
  if (!change || serving.confirmation(key) === change.token) return { change, held: undefined };
  return { change, held: isMassDeletion(change) ? sayMassDeletion(change) : sayHeld(change, change.token) };
};

/**
 * The same, while the provider object is connected to no account, so that nothing is counted: an object that has a client
 * there waits for the provider anyway, and what has none must not slip through a hold meanwhile.
 */
export const uncounted = (
  serving: Serving,
  { spec }: Provider,
  key: string,
  { deleting, status }: MachineClient,
): HeldDeletion | undefined => {
  if (!deleting || spec?.massDeletionPolicy !== 'Hold' || status.clientId !== undefined) return undefined;
  const { change, held } = changeOf(serving, key);
  if (change && isMassDeletion(change)) return held === undefined ? undefined : { deletionHeld: held };
  return {
    deletionHeld:
      'massDeletionPolicy is Hold, and what is marked for deletion cannot be counted before the provider object is Ready',
  };
};

/** What the status of a provider object says of a mass change in the namespaces that it serves, and whether it holds. */
export const massChangeOf = (
  serving: Serving,
  shared: SharedPool,
  key: string,
): { readonly change: MassChange | undefined; readonly held: string | undefined } => {
  const { mass, deletions, members } = shared;
  const change = mass.hold((namespace) => serving.serves(key, namespace));
  const deletion = change || !holdsDeletions(serving, shared) ? undefined : deletions.change;
  if (deletion) {
    const confirmed = [...members].some((member) => serving.confirmation(member) === deletion.token);
    return { change: deletion, held: confirmed ? undefined : sayMassDeletion(deletion) };
  }
  const isHeld = mass.namespaces
    ? mass.namespaces.some(
        (namespace) => serving.serves(key, namespace) && heldIn(serving, shared, namespace) !== undefined,
      )
    : mass.held('', [serving.confirmation(key)]) !== undefined;
  return { change, held: change && isHeld ? sayHeld(change, change.token) : undefined };
};
