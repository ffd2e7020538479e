import type { UpstreamCredential } from '../../../providers/provider.ts';
import { IMPORTED } from '../common/imported.ts';
import { publishedId } from '../locate.ts';
import type { Style } from '../style.ts';
import { openIsOurs } from './situation.ts';

export const stateOf: Style['stateOf'] = (facts, client, { id, position }) => {
  const isPublished = (credential: UpstreamCredential): boolean => credential.id === publishedId(facts);
  if (facts.secret && client.credentials.find(isPublished)?.position === 'next') return 'Retiring';
  return position === 'next' && !openIsOurs({ facts, next: id }) ? 'Foreign' : 'Lost';
};

/**
 * The provider shows the last four characters of a secret. Those of one that a user may have brought are part of a
 * Secret that an import names, whoever may read that.
 */
export const hides: Style['hides'] = ({ secret, object, provider }, { id, position }) =>
  position === 'current' &&
  (secret === undefined || secret.imported || secret.credentialId !== id) &&
  (secret?.imported === true ||
    (provider.state === 'ready' && provider.imports) ||
    object.status.credentials?.some((listed) => listed.id === IMPORTED) === true);
