import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import { IMPORTED } from '../common/imported.ts';
import type { Style } from '../style.ts';
import { openIsOurs } from './situation.ts';

/** What consumers have, or had last: they may use it though its Secret is gone. */
const publishedIn = (
  { secret, object }: Parameters<Style['stateOf']>[0],
  { credentials }: UpstreamClient,
): UpstreamCredential | undefined => {
  const id = secret?.credentialId ?? object.status.credentials?.find(({ state }) => state === 'Current')?.id;
  return credentials.find((credential) => credential.id === id);
};

export const stateOf: Style['stateOf'] = (facts, client, { id, position }) => {
  if (facts.secret && publishedIn(facts, client)?.position === 'next') return 'Retiring';
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
