import { hash } from 'node:crypto';
import * as z from 'zod';
import { Secret } from '../../runtime/secret.ts';
import type { Mark } from '../mark.ts';
import type { UpstreamCredential } from '../provider.ts';
import { issuedByOf, keyIdFor } from './marking.ts';

/**
 * A client secret of ours begins with what a key is called, and ends with 256 random bits:
 * `mco-xxxxxxyyyyyyyyyyyyyyyyyyyy.OPERATION.CHANCE.RANDOM`. What stands before the last point is no secret, and is its id.
 */
export const newSecret = (
  mark: Mark,
  operation: string | undefined,
  random: () => number,
  randomText: () => string,
): { readonly id: string; readonly value: Secret } => {
  const id = keyIdFor(mark, operation, random);
  return { id, value: new Secret(`${id}.${randomText()}`) };
};

const ownSecret = /^(mco-[a-z2-7]{26}(?:\.[a-z0-9-]{1,64})?\.[0-9a-f]{8})\.[A-Za-z0-9_-]{43}$/;
/** The column of Keycloak's database. */
const LONGEST_SECRET = 255;

/** One of somebody else has no name, and may be weak: of its digest no more is shown than four characters of it would be. */
export const secretIdOf = (value: string): string =>
  (value.length <= LONGEST_SECRET ? ownSecret.exec(value)?.[1] : undefined) ??
  `other-${hash('sha256', `machine-client.dev/secret ${value}`, 'hex').slice(0, 6)}`;

/**
 * What is kept of a secret that an answer shows. Of a class, so that what was taken out once is not taken for one again, and no
 * object of an answer is taken for it.
 */
class Shown {
  readonly id: string;
  readonly digest: string;

  constructor(value: string) {
    this.id = secretIdOf(value);
    this.digest = digestOf(value);
  }
}

/** What stands before the last point can be copied to another value: only this tells whether it is the same one. */
export const digestOf = (value: string): string => hash('sha256', value, 'base64url');

/** Where an answer shows a secret: its id stays, and nothing else of it. */
export const shownSecret = z
  .unknown()
  .transform((value): Shown | undefined =>
    typeof value === 'string' && value !== '' ? new Shown(value) : value instanceof Shown ? value : undefined,
  )
  .optional();

export const secretNames = {
  since: 'client.secret.creation.time',
  ends: 'client.secret.expiration.time',
  rotated: 'client.secret.rotated',
  rotatedSince: 'client.secret.rotated.creation.time',
  rotatedEnds: 'client.secret.rotated.expiration.time',
} as const;

/** Keycloak's times are whole seconds since the epoch, as texts. */
const secondsIn = (text: string | null | undefined): number | undefined =>
  text && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
/** The end of the year 9999: no later moment can be written into a status. */
const LATEST = 253_402_300_799;
const timeOf = (text: string | null | undefined): number | undefined => {
  const seconds = secondsIn(text);
  return seconds === undefined || seconds === 0 || seconds > LATEST ? undefined : seconds * 1000;
};

type Times = Readonly<
  Partial<
    Record<
      Exclude<(typeof secretNames)[keyof typeof secretNames], typeof secretNames.rotated>,
      string | null | undefined
    >
  >
>;

export interface ShownSecrets {
  readonly secret: Shown | undefined;
  readonly rotated: Shown | undefined;
  readonly times: Times;
}

export const secretCredentials = (
  { secret, rotated, times }: ShownSecrets,
  mark: Mark | undefined,
): readonly UpstreamCredential[] => {
  const credential = (
    shown: Shown | undefined,
    position: 'current' | 'rotated',
    since: string | null | undefined,
    ends: string | null | undefined,
  ): readonly UpstreamCredential[] => {
    if (!shown) return [];
    const { id } = shown;
    const [createdTime, expiryTime, issuedBy] = [timeOf(since), timeOf(ends), issuedByOf(id, mark)];
    return [
      {
        id,
        suffix: undefined,
        position,
        ...(createdTime !== undefined && { createdTime }),
        ...(expiryTime !== undefined && { expiryTime }),
        ...(issuedBy && { issuedBy }),
      },
    ];
  };
  const { since, ends, rotatedSince, rotatedEnds } = secretNames;
  const all = [
    ...credential(secret, 'current', times[since], times[ends]),
    ...credential(rotated, 'rotated', times[rotatedSince], times[rotatedEnds]),
  ];
  // The same value at both is one credential.
  return all.filter(({ id }, at) => all.findIndex((one) => one.id === id) === at);
};

/** The policy of the realm binds the client: Keycloak shows it by letting the current secret expire. */
export const isBound = (times: Times): boolean => secondsIn(times[secretNames.ends]) !== undefined;

const valuesAnswer = z.object({
  secret: z.string().min(1).optional().catch(undefined),
  attributes: z
    .object({ [secretNames.rotated]: z.string().min(1).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

interface Valued {
  readonly id: string;
  readonly value: Secret;
}

/** The values of a client as it came, for one call alone. */
export const valuesIn = (
  json: unknown,
): { readonly current: Valued | undefined; readonly rotated: Valued | undefined } => {
  const { secret, attributes } = valuesAnswer.safeParse(json).data ?? {};
  const valued = (value: string | undefined): Valued | undefined =>
    value === undefined ? undefined : { id: secretIdOf(value), value: new Secret(value) };
  return { current: valued(secret), rotated: valued(attributes?.[secretNames.rotated]) };
};

/** Where no secret says for how long the policy lets one live. Seconds. */
const USUAL_LIFE = 365 * 86_400;
/** What a policy can say: its periods are 32 bits. */
const LONGEST_LIFE = 2 ** 31 - 1;

/** For as long as the policy lets a secret of this client live, which its present one shows. Seconds. */
const lifeOf = (times: Times): number => {
  const since = secondsIn(times[secretNames.since]);
  const ends = secondsIn(times[secretNames.ends]);
  const life = since !== undefined && ends !== undefined ? ends - since : 0;
  return life > 0 && life <= LONGEST_LIFE ? life : USUAL_LIFE;
};

/** It has ended: nobody can log in with it, and Keycloak makes another one when the client is changed. */
export const isExpired = (times: Times, nowMs: number): boolean => {
  const ends = timeOf(times[secretNames.ends]);
  return ends !== undefined && ends <= nowMs;
};

type Body = Readonly<Record<string, unknown>>;
const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Of a creation. */
export const creationPart = (first: Secret): Body => ({ secret: first.reveal() });

/** Beside the current one. A PUT without attributes, on a client whose secret has ended, is an error of the server. */
export const stageBody = (next: Secret, times: Times, nowMs: number): Body => ({
  attributes: {
    [secretNames.rotated]: next.reveal(),
    [secretNames.rotatedSince]: String(seconds(nowMs)),
    [secretNames.rotatedEnds]: String(seconds(nowMs) + lifeOf(times)),
  },
});

/** In the place of the current one, which ends with it. */
export const replaceBody = (next: Secret, times: Times, nowMs: number): Body => ({
  secret: next.reveal(),
  attributes: {
    [secretNames.since]: String(seconds(nowMs)),
    // Where no policy binds the client its secrets have no end.
    ...(isBound(times) && { [secretNames.ends]: String(seconds(nowMs) + lifeOf(times)) }),
    [secretNames.rotated]: '',
    [secretNames.rotatedSince]: '',
    [secretNames.rotatedEnds]: '',
  },
});

/** The two exchanged, each with its times: so the former one ends when the policy would have ended it. */
export const turnBody = (current: Secret, rotated: Secret, times: Times, nowMs: number): Body => ({
  secret: rotated.reveal(),
  attributes: {
    [secretNames.since]: times[secretNames.rotatedSince] || String(seconds(nowMs)),
    [secretNames.ends]: times[secretNames.rotatedEnds] || String(seconds(nowMs) + lifeOf(times)),
    [secretNames.rotated]: current.reveal(),
    [secretNames.rotatedSince]: times[secretNames.since] || String(seconds(nowMs)),
    [secretNames.rotatedEnds]: times[secretNames.ends] || String(seconds(nowMs) + lifeOf(times)),
  },
});
