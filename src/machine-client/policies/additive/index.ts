import { isMint } from '../../operation.ts';
import { issuedNotShownYet, publishedLately } from '../common/in-flight.ts';
import { tableOfClients, worksAtClient } from '../common/table.ts';
import type { Style } from '../style.ts';
import { broken } from './broken.ts';
import { formerOf, isOfLastMint, isOurs, isPublished } from './ownership.ts';
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

/**
 * What only K says to be ours goes before all others, for the fence of the next deletion replaces K; and while reads may not
 * show yet what K has made, nothing goes. Then the oldest first.
 */
const revokes: Style['revokes'] = (facts, client) => {
  const { credentials } = client;
  const published = publishedId(facts);
  const lost = credentials.find(
    (credential) =>
      credential.id !== published && isOfLastMint(facts, credential) && isOurs(facts, client, credential),
  );
  const { operation } = facts;
  const unknownToK = publishedLately(facts) !== undefined;
  const made = unknownToK || isPublished(facts) ? credentials.find(({ id }) => id === published) : lost;
  const mayHide = unknownToK || (isMint(operation) && operation.result === undefined);
  const hidden = mayHide && made === undefined;
  const young = hidden ? issuedNotShownYet(facts) : undefined;
  if (young) return young;
  const issued =
    lost ??
    credentials.find((credential) => credential.id === published || isOurs(facts, client, credential));
  const isKept = facts.provider.capabilities.keepsLastCredential && credentials.length === 1;
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
 * The additive style (Scalekit, Authress, Vault): credentials are added and deleted by id, up to a limit.
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
  settles: () => undefined,
  hides: () => false,
  suffixOf: () => undefined,
};
