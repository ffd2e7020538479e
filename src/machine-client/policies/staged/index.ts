import { otherOf } from '../common/position.ts';
import { tableOfClients, worksAtClient } from '../common/table.ts';
import type { Style } from '../style.ts';
import { broken } from './broken.ts';
import { isLostStage, lives, stagedOf } from './situation.ts';
import { turn, working } from './working.ts';

const stateOf: Style['stateOf'] = (facts, _, credential) => {
  const { secret } = facts;
  if (!secret || isLostStage(facts, credential)) return 'Lost';
  // Beside what is published stands what it replaced, or what somebody has made since.
  return credential.position === 'current' && credential.id !== secret.previousCredentialId
    ? 'Foreign'
    : 'Retiring';
};

/** What has ended by itself is shown all the same. */
const works: Style['works'] = (facts, client) => {
  const held = client?.credentials.find(({ id }) => id === facts.secret?.credentialId);
  return worksAtClient(facts, client) && (held === undefined || lives(facts, held));
};

/**
 * The staged style (Keycloak with client secrets): one secret is current, at most one is rotated, and both are valid. Each is
 * written with its value, and both can be read at any time.
 *
 *            stage                       turn                         drop
 *   current ───────► current + rotated ─────────► the two, exchanged ─────────► current (the former rotated)
 *
 * The operator chooses the values, so what is written twice is the same. Where the provider keeps only one, a new secret
 * replaces the current one (`spec.rotation.method: Replace`): due, and then nothing stands beside it.
 */
export const staged: Style = {
  rows: tableOfClients(stagedOf, working, broken),
  hasClients: true,
  mints: 'stage',
  discards: 'by-position',
  works,
  former: otherOf,
  stateOf,
  // What has become the current one stays: the client would have none without it.
  revokes: () => undefined,
  settles: (facts, client) => {
    const plan = turn(stagedOf(facts, client));
    return plan?.kind === 'turn' ? { ...plan, reason: 'Deleting' } : plan;
  },
  hides: () => false,
  suffixOf: () => undefined,
};
