/**
 * The rotation policy of the realm, bound to clients with our attribute: what it makes of the attributes of a client that is
 * changed. Held to the lists of test/upstreams/keycloak.
 */
export const NAMES = {
  since: 'client.secret.creation.time',
  ends: 'client.secret.expiration.time',
  rotated: 'client.secret.rotated',
  rotatedSince: 'client.secret.rotated.creation.time',
  rotatedEnds: 'client.secret.rotated.expiration.time',
} as const;
const MANAGED = 'machine-client.dev/managed';

export type Attributes = Readonly<Record<string, string>>;

export interface Policy {
  /** How long a secret lives; 0: there is no policy. */
  readonly lifeMs: number;
  readonly nowMs: number;
}

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

export const binds = ({ lifeMs }: Policy, attributes: Attributes): boolean =>
  lifeMs > 0 && attributes[MANAGED] === 'true';

const hasEnded = (ends: string | undefined, nowMs: number): boolean =>
  ends !== undefined && Number(ends) * 1000 <= nowMs;
export const isExpired = (attributes: Attributes, { nowMs }: Pick<Policy, 'nowMs'>): boolean =>
  hasEnded(attributes[NAMES.ends], nowMs);
export const isRotatedExpired = (attributes: Attributes, { nowMs }: Pick<Policy, 'nowMs'>): boolean =>
  hasEnded(attributes[NAMES.rotatedEnds], nowMs);

/** The server fails over these where a change brings no attributes at all. */
export const failsWithoutAttributes = (attributes: Attributes, policy: Policy): boolean =>
  binds(policy, attributes) && (attributes[NAMES.ends] === undefined || isExpired(attributes, policy));

const ends = ({ nowMs, lifeMs }: Policy): string => seconds(nowMs + lifeMs);

const without = (attributes: Attributes, ...names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
export const withoutRotated = (attributes: Attributes): Attributes =>
  without(attributes, NAMES.rotated, NAMES.rotatedSince, NAMES.rotatedEnds);

/** A new current one; the former one stands beside it, whatever stood there before. */
export const regenerated = (attributes: Attributes, former: string, policy: Policy): Attributes => ({
  ...attributes,
  [NAMES.since]: seconds(policy.nowMs),
  [NAMES.ends]: ends(policy),
  [NAMES.rotated]: former,
  [NAMES.rotatedSince]: seconds(policy.nowMs),
  [NAMES.rotatedEnds]: ends(policy),
});

/** What becomes of them at a change. `rotates`: it makes a new current secret by itself. */
export const afterChange = (
  attributes: Attributes,
  policy: Policy,
): { readonly attributes: Attributes; readonly rotates: boolean } => {
  if (!binds(policy, attributes))
    return { attributes: without(withoutRotated(attributes), NAMES.ends), rotates: false };
  if (attributes[NAMES.ends] === undefined)
    return { attributes: { ...attributes, [NAMES.ends]: ends(policy) }, rotates: false };
  return { attributes, rotates: isExpired(attributes, policy) };
};
