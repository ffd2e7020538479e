import { timestamp } from '../../api/conditions.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client.ts';
import type { UpstreamClient, UpstreamCredential } from '../../providers/provider.ts';
import { maskSuffix } from '../../runtime/secret.ts';
import type { Facts } from '../facts.ts';
import { isOurs } from '../policies/additive/ownership.ts';
import { isEphemeral } from '../policies/ephemeral/index.ts';
import { retireAfter } from '../policies/gate.ts';
import { isSummary } from '../policies/locate.ts';
import { openIsOurs } from '../policies/two-phase/situation.ts';
import type { SecretView } from '../secret-view.ts';

type Listed = NonNullable<MachineClientStatus['credentials']>[number];

/** Its id is its last four characters, where these give nothing away. */
const issuedSuffix = (id: string): string => maskSuffix(id.length === 4 ? id : undefined);

/** What is known of a secret that no provider shows. */
const issued = ({ credentialId, rotatedAt, expiryTime }: SecretView): Listed => ({
  id: credentialId,
  suffix: issuedSuffix(credentialId),
  state: 'Current',
  createdTime: timestamp(rotatedAt),
  ...(expiryTime !== undefined && { expiryTime: timestamp(expiryTime) }),
});

/** In place of the id of a credential that a user brought, which with Stytch is its last four characters. */
const IMPORTED = 'imported';

/**
 * Whether the current credential of a two-phase client may be one that a user brought. The provider shows its last four
 * characters; who may read MachineClients but no Secrets must not learn them of any Secret that an import names.
 */
const mayBeImported = ({ secret, object }: Facts, { id, position }: UpstreamCredential): boolean =>
  position === 'current' &&
  (secret === undefined || secret.imported || secret.credentialId !== id) &&
  (secret?.imported === true ||
    object.spec.stytch?.importSecretRef !== undefined ||
    object.status.credentials?.some((listed) => listed.id === IMPORTED) === true);

/** Of the published secret: as the provider reports it; of a key, which has none, its id. */
export const secretSuffix = (facts: Facts, client: UpstreamClient | undefined): string | undefined => {
  const { secret, object } = facts;
  if (!secret) return object.status.secretSuffix;
  if (secret.imported) return undefined;
  const shown = client?.credentials.find(({ id }) => id === secret.credentialId);
  if (shown) return maskSuffix(shown.suffix ?? shown.id);
  if (isEphemeral(facts)) return issuedSuffix(secret.credentialId);
  const isId = facts.provider.state !== 'ready' || facts.provider.capabilities.style === 'additive';
  return isId && object.status.operation === secret.operation
    ? object.status.secretSuffix
    : maskSuffix(isId ? undefined : secret.credentialId);
};

/** As many as the schema of the status takes. */
const MOST_LISTED = 16;

/** The credentials that are alive, as status lists them. */
export const credentialsOf = (
  facts: Facts,
  client: UpstreamClient | undefined,
): MachineClientStatus['credentials'] => {
  const { secret, object } = facts;
  if (isEphemeral(facts)) return secret && [issued(secret)];
  if (!client) return object.status.credentials;
  const published =
    secret?.credentialId ?? object.status.credentials?.find(({ state }) => state === 'Current')?.id;
  // Nothing is known of its credentials: what was said of them stays.
  if (isSummary(client)) return object.status.credentials;
  const publishedNext = client.credentials.some(
    ({ id, position }) => id === published && position === 'next',
  );
  const seen = new Set<string>();
  return client.credentials.slice(0, MOST_LISTED).flatMap((credential): Listed[] => {
    const { id, suffix, position, createdTime, expiryTime } = credential;
    // A collision of suffixes: one entry, for the list is keyed by id.
    if (seen.has(id)) return [];
    seen.add(id);
    const hidden = mayBeImported(facts, credential);
    const base = {
      id: hidden ? IMPORTED : id,
      // A key has none: its id is all that is shown of it.
      ...(suffix !== undefined && !hidden && { suffix: maskSuffix(suffix) }),
      ...(createdTime !== undefined && { createdTime: timestamp(createdTime) }),
      ...(expiryTime !== undefined && { expiryTime: timestamp(expiryTime) }),
    };
    if (id === published) return [{ ...base, state: 'Current' }];
    const retiring = (): Listed[] =>
      secret ? [{ ...base, state: 'Retiring', retireAfter: timestamp(retireAfter(facts, secret)) }] : [];
    if (position === undefined) {
      if (!isOurs(facts, client, credential)) return [{ ...base, state: 'Foreign' }];
      const before = object.status.credentials?.find((listed) => listed.id === id)?.state;
      const wasPublished = before === 'Current' || before === 'Retiring';
      return wasPublished && secret ? retiring() : [{ ...base, state: 'Lost' }];
    }
    if (publishedNext && secret) return retiring();
    const foreign = position === 'next' && !openIsOurs({ facts, next: id });
    return [{ ...base, state: foreign ? 'Foreign' : 'Lost' }];
  });
};
