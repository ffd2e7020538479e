import { timestamp } from '../../api/conditions.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import type { UpstreamClient, UpstreamCredential } from '../../providers/provider.ts';
import { maskSuffix } from '../../runtime/secret.ts';
import type { Facts } from '../facts.ts';
import { IMPORTED } from '../policies/common/imported.ts';
import { retireAfter } from '../policies/gate.ts';
import { isSummary, publishedId } from '../policies/locate.ts';
import type { Style } from '../policies/style.ts';
import { styleIn } from '../policies/styles.ts';
import type { SecretView } from '../secret-view.ts';

type Listed = NonNullable<MachineClientStatus['credentials']>[number];

/** What is known of a secret that no provider shows. */
const issued = (style: Style, secret: SecretView): Listed => ({
  id: secret.credentialId,
  suffix: maskSuffix(style.suffixOf(secret)),
  state: 'Current',
  createdTime: timestamp(secret.rotatedAt),
  ...(secret.expiryTime !== undefined && { expiryTime: timestamp(secret.expiryTime) }),
});

/** Of the published secret: as the provider reports it; of a key, which has none, its id. */
export const secretSuffix = (facts: Facts, client: UpstreamClient | undefined): string | undefined => {
  const { secret, object } = facts;
  if (!secret) return object.status.secretSuffix;
  if (secret.imported) return undefined;
  const shown = client?.credentials.find(({ id }) => id === secret.credentialId);
  if (shown) return maskSuffix(shown.suffix ?? shown.id);
  const suffix = styleIn(facts)?.suffixOf(secret);
  return suffix === undefined && object.status.operation === secret.operation
    ? object.status.secretSuffix
    : maskSuffix(suffix);
};

/** As many as the schema of the status takes. */
const MOST_LISTED = 16;

const HOUR_MS = 3_600_000;

/** A credential that is used all the time would else be a write of the status with each list. */
const lastUsedTime = (
  { object }: Facts,
  { id, lastUsedTime: shown }: UpstreamCredential,
): string | undefined => {
  if (typeof shown !== 'number') return undefined;
  const before = object.status.credentials?.find((one) => one.id === id)?.lastUsedTime;
  const noted = Date.parse(before ?? '');
  return noted <= shown && shown < noted + HOUR_MS ? before : timestamp(shown);
};

/** The credentials that are alive, as status lists them. */
export const credentialsOf = (
  facts: Facts,
  client: UpstreamClient | undefined,
): MachineClientStatus['credentials'] => {
  const { secret, object } = facts;
  const style = styleIn(facts);
  if (style && !style.hasClients) return secret && [issued(style, secret)];
  if (!client || !style) return object.status.credentials;
  const published = publishedId(facts);
  // Nothing is known of its credentials: what was said of them stays.
  if (isSummary(client)) return object.status.credentials;
  const former = style.former(facts, client);
  const seen = new Set<string>();
  return client.credentials.slice(0, MOST_LISTED).flatMap((credential): Listed[] => {
    const { id, suffix, clientId, createdTime, expiryTime } = credential;
    const lastUsed = lastUsedTime(facts, credential);
    // A collision of suffixes: one entry, for the list is keyed by id.
    if (seen.has(id)) return [];
    seen.add(id);
    const hidden = style.hides(facts, credential);
    const base = {
      id: hidden ? IMPORTED : id,
      // A key has none: its id is all that is shown of it.
      ...(suffix !== undefined && !hidden && { suffix: maskSuffix(suffix) }),
      ...(clientId !== undefined && clientId !== client.id && { clientId }),
      ...(createdTime !== undefined && { createdTime: timestamp(createdTime) }),
      ...(expiryTime !== undefined && { expiryTime: timestamp(expiryTime) }),
      ...(lastUsed !== undefined && { lastUsedTime: lastUsed }),
    };
    if (id === published) return [{ ...base, state: 'Current' }];
    const state = style.stateOf(facts, client, credential);
    return state === 'Retiring' && secret
      ? [{ ...base, state, retireAfter: timestamp(retireAfter(facts, secret, former)) }]
      : [{ ...base, state }];
  });
};
