import { tableOfClients, worksAtClient } from '../common/table.ts';
import type { Style } from '../style.ts';
import { broken } from './broken.ts';
import { formerOf, isOurs } from './ownership.ts';
import { additiveOf } from './situation.ts';
import { working } from './working.ts';
import { publishedId } from '../locate.ts';

/** Ours, and never published: it was lost between its creation and its publication. */
const stateOf: Style['stateOf'] = (facts, client, credential) => {
  if (!isOurs(facts, client, credential)) return 'Foreign';
  const before = facts.object.status.credentials?.find(({ id }) => id === credential.id)?.state;
  const wasPublished = before === 'Current' || before === 'Retiring';
  return wasPublished && facts.secret ? 'Retiring' : 'Lost';
};

/** The oldest first, so that the published one goes last. */
const revokes: Style['revokes'] = (facts, client) => {
  const published = publishedId(facts);
  const issued = client.credentials.find(
    (credential) => credential.id === published || isOurs(facts, client, credential),
  );
  const isKept = facts.provider.capabilities.keepsLastCredential && client.credentials.length === 1;
  return issued && !isKept
    ? {
        kind: 'retire',
        client,
        credentialId: issued.id,
        reason: 'Deleting',
        message: 'a credential that the operator has issued is revoked',
      }
    : undefined;
};

/**
 * The additive style (Scalekit, Authress): credentials are added and deleted by id, up to a limit.
 *
 *          add             add               delete
 *   none ───────► one ───────────► several ─────────► one fewer
 */
export const additive: Style = {
  rows: tableOfClients(additiveOf, working, broken),
  hasClients: true,
  mints: 'mint',
  discards: 'by-id',
  works: worksAtClient,
  former: formerOf,
  stateOf,
  revokes,
  hides: () => false,
  suffixOf: () => undefined,
};
