import { isSecretField } from '../../layout.ts';
import { isUnresolved } from '../../operation.ts';
import { overlapEnds } from '../gate.ts';
import type { ReadyFacts } from '../locate.ts';
import { type Alone, mint, type Row } from './situation.ts';

export const giveUpOperation: Row<Alone> = ({ facts }) => {
  const { operation, secret, object } = facts;
  return isUnresolved(operation, secret, object.status.operation)
    ? {
        kind: 'give-up-operation',
        operation: operation.id,
        reason: 'Settling',
        message:
          'an operation died before it published; it is given up on the Secret, so that it cannot publish any more',
      }
    : undefined;
};

/** Status from the Secret before anything else is fenced: it is what says, should the Secret go, what was published. */
export const statusFirst: Row<Alone> = ({ facts: { secret, object, now } }) =>
  secret && object.status.operation !== secret.operation
    ? { kind: 'wait', reason: 'Publishing', message: 'status is derived from the Secret', until: now }
    : undefined;

export const signAgain: Row = ({ facts: { secret }, client }) =>
  secret?.integrity === 'unknown' &&
  secret.clientId === client.id &&
  client.credentials.some((credential) => credential.id === secret.credentialId)
    ? {
        kind: 'sign-again',
        client,
        reason: 'IntegrityUnknown',
        message: 'the integrity key is another one; the provider vouches for the credential',
      }
    : undefined;

export const adoptSecret: Row = ({ facts, client }) => {
  const { spec } = facts.object;
  if (facts.secret || spec.adoptionPolicy !== 'Existing' || spec.clientId !== client.id) return undefined;
  if (facts.adoptableSecret === 'unknown')
    return {
      kind: 'adopt-secret',
      client,
      reason: 'Adopting',
      message: 'the existing Secret is taken over if it proves valid',
    };
  return undefined;
};

/** The spec wants a value in the Secret that was never stored, for no entry asked for it: only a new one can be. */
const lacksAValue = ({ secret, provider }: ReadyFacts): boolean => {
  if (!secret) return false;
  const stored = new Set(secret.layout.map(([, field]) => field));
  return provider.layout.some(([, field]) => isSecretField(field) && !stored.has(field));
};

/** Why a new credential is to be made where the Secret cannot be written as the spec wants it. */
export const lackingCause = (facts: ReadyFacts): string | undefined =>
  lacksAValue(facts) ? 'spec.secret asks for a value that was never stored; a new one is made' : undefined;

/** Another name, keys, labels or token URL: the same credential, written anew. */
export const layout: Row<Alone> = (situation) => {
  const { facts, canMint } = situation;
  const { secret, object, provider } = facts;
  if (!secret) return undefined;
  const name = object.spec.secret.name ?? object.name;
  if (secret.name === name && secret.labelled && secret.template === provider.template) return undefined;
  if (secret.immutable && secret.name === name)
    return {
      kind: 'hold',
      reason: 'SecretImmutable',
      stalled: true,
      message: `the Secret ${name} is immutable and cannot be changed; delete it, or choose another spec.secret.name`,
    };
  const cause = lackingCause(facts);
  // An open rotation ends first, and what takes the room of a new one goes or is named.
  if (cause !== undefined) return canMint ? mint(situation, 'Rotating', cause) : undefined;
  return {
    kind: 'publish-stored',
    from: secret,
    reason: 'Publishing',
    message:
      secret.name === name
        ? 'the Secret is written anew as the spec now wants it'
        : `the Secret is copied to ${name}`,
  };
};

/**
 * After a rename the old Secret stays for as long as an old credential would; but what has ended in it by itself is of
 * use to nobody, and where secrets end sooner than the overlap each new one would begin that anew.
 */
export const formerSecret: Row<Alone> = ({ facts }) => {
  const [stray] = facts.strays;
  if (!stray || !facts.secret) return undefined;
  const ends = Math.min(
    overlapEnds(facts, facts.secret.publishedAt),
    stray.expiryTime ?? Number.POSITIVE_INFINITY,
  );
  return facts.now < ends
    ? {
        kind: 'nothing',
        reason: 'Overlap',
        message: `the former Secret ${stray.name} is kept for the overlap`,
        until: ends,
      }
    : {
        kind: 'remove-secret',
        secret: stray,
        reason: 'Retiring',
        message: `the former Secret ${stray.name} is removed`,
      };
};
