import { annotations } from '../../../api/group.ts';
import { overlapEnds } from '../gate.ts';
import { cancel, live, mint, openIsOurs, positionalInFlight, type Row } from './situation.ts';

const signAgain: Row = ({ facts: { secret }, client }) =>
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

const adoptSecret: Row = (situation) => {
  const { facts, client } = situation;
  const { spec } = facts.object;
  if (facts.secret || spec.adoptionPolicy !== 'Existing' || spec.clientId !== client.id) return undefined;
  // Taking over is fenced, and K is what says that the open rotation is ours.
  if (situation.next !== undefined && openIsOurs(situation)) return undefined;
  if (facts.adoptableSecret === 'unknown')
    return {
      kind: 'adopt-secret',
      client,
      reason: 'Adopting',
      message: 'the existing Secret is taken over if it proves valid',
    };
  return undefined;
};

/** The value exists before: nothing has to be minted to recover it. */
const importAgain: Row = ({ facts, client, current, next }) =>
  !facts.secret &&
  !facts.importRefuted &&
  facts.object.spec.stytch?.importSecretRef &&
  current !== undefined &&
  next === undefined &&
  facts.object.status.operation === undefined
    ? { kind: 'publish-import', client, reason: 'Publishing', message: 'the imported secret is published' }
    : undefined;

const publishedBefore: Row = (situation) => {
  const { facts, client, next } = situation;
  const { object, now } = facts;
  if (next === undefined) return undefined;
  const published = object.status.credentials?.find((credential) => credential.state === 'Current')?.id;
  if (next !== published) return undefined;
  // Status tells whole seconds: only in the next one is it certain that so much time has passed.
  const since = (Date.parse(object.status.lastRotationTime ?? '') || 0) + 1_000;
  const ends = overlapEnds(facts, since);
  return now < ends && object.annotations[annotations.revokePrevious] !== String(object.status.secretVersion)
    ? {
        kind: 'hold',
        reason: 'OverlapWithoutSecret',
        stalled: false,
        until: ends,
        message: `the Secret is gone or was changed while its credential ****${next} was still within the overlap; a new one can be made when the overlap ends, or at once with ${annotations.revokePrevious}: "${object.status.secretVersion}"`,
      }
    : live(situation, {
        kind: 'promote',
        client,
        suffix: next,
        reason: 'Retiring',
        message: 'the overlap has passed; the published credential becomes the current one',
      });
};

const lostOpen: Row = (situation) =>
  situation.next !== undefined && openIsOurs(situation) ? cancel(situation, situation.next) : undefined;

const foreignOpen: Row = ({ next }) =>
  next === undefined
    ? undefined
    : {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: true,
        message: `the Secret does not work, and a rotation that is not ours is open on the client (next secret ****${next}); end or cancel it at the provider`,
      };

const recover: Row = (situation) =>
  mint(
    situation,
    'Recovering',
    situation.facts.secret
      ? 'the Secret does not hold a credential that the provider accepts; a new one is made'
      : 'the secret of the client is not known; a new one is made',
  );

/** There is no Secret, or the provider does not accept what is in it. */
export const broken: readonly Row[] = [
  positionalInFlight, //  a promote or cancel of ours may still arrive
  signAgain, //           only the integrity key is another one
  adoptSecret, //         the Secret that came with an adopted client
  importAgain, //         the value to import is at hand
  publishedBefore, //     the open rotation is what consumers use
  lostOpen, //            our start, whose secret is lost
  foreignOpen, //         somebody else's start
  recover, //             one more credential on the same client
];
