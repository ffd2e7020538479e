import type { MachineClient } from '../../api/objects.ts';
import type { Inventory } from '../../providers/inventory.ts';
import type { SecretView } from '../secret-view.ts';

/** I11: how many of an account's known clients may be gone or changed before a person must look. */
export const isMass = (affected: number, known: number): boolean =>
  affected > Math.max(10, known * 0.2) || (known >= 3 && affected === known);

/** `gone`: affected, and its client is not there at all. */
export type UpstreamHealth = 'unknown' | 'sound' | 'affected' | 'gone';

export const isAffected = (health: UpstreamHealth): health is 'affected' | 'gone' =>
  health === 'affected' || health === 'gone';

/**
 * Whether the object's recorded client and Secret are still what they were: if not, it would be created again or
 * rotated. `full`: the object's full mark.
 */
export const upstreamHealth = (
  object: MachineClient,
  secret: SecretView | undefined,
  inventory: Inventory,
  full: string,
): UpstreamHealth => {
  const recorded = secret?.clientId ?? object.status.clientId;
  // What was never published can be replaced without cutting anybody off: creations that a crash interrupted.
  const published = secret !== undefined || object.status.secretVersion !== undefined;
  // A list says nothing of a client of somebody else: where that is gone, none is made, and the object waits.
  const isOurs = object.spec.managementPolicy === 'Manage';
  if (recorded === undefined || !published || object.deleting || !isOurs) return 'unknown';
  const client = inventory.get(recorded) ?? inventory.byMark(full)[0];
  const shown =
    client?.id === secret?.clientId &&
    (client?.mark === undefined || client.credentials.some(({ id }) => id === secret?.credentialId));
  if (!client) return 'gone';
  return secret !== undefined && shown && secret.integrity !== 'edited' ? 'sound' : 'affected';
};
