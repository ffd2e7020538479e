import { isSecretField, wantedLayout } from '../../layout.ts';
import { isUnresolved } from '../../operation.ts';
import type { Plan } from '../../plan.ts';
import { publicationOf } from '../../rollout/workload.ts';
import { rotationDue } from '../../rotation/due.ts';
import type { Layout, SecretView } from '../../secret-view.ts';
import { gate, overlapEnds } from '../gate.ts';
import { marked } from '../locate.ts';
import { isRevoked, rollout, rolloutDeadline } from '../rollout.ts';
import { cancel, live, mint, openIsOurs, positionalInFlight, type Row, type Situation } from './situation.ts';

const giveUpOperation: Row = ({ facts }) => {
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
const statusFirst: Row = ({ facts: { secret, object, now } }) =>
  secret && object.status.operation !== secret.operation
    ? { kind: 'wait', reason: 'Publishing', message: 'status is derived from the Secret', until: now }
    : undefined;

const lostRotation: Row = (situation) =>
  situation.next !== undefined &&
  situation.facts.secret?.credentialId === situation.current &&
  openIsOurs(situation)
    ? cancel(situation, situation.next)
    : undefined;

const foreignRotation: Row = ({ facts, current, next }) =>
  next !== undefined && facts.secret?.credentialId === current
    ? {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: false,
        message: `somebody else has a rotation open on the client (next secret ****${next}); the Secret works, rotation waits until it is ended`,
      }
    : undefined;

/** It gives no token until the field update has made it active again. */
const unprovable: Plan = {
  kind: 'nothing',
  reason: 'Inactive',
  message: 'the client is inactive at the provider, so its credential cannot be proven',
};

/** Whatever may cut somebody off goes through the gate, and is asked for a proof of the published credential there. */
const throughGate = ({ facts, client }: Situation, secret: SecretView, then: Plan): Plan => {
  const state = gate(facts, secret);
  if (state.open === false)
    return { kind: 'nothing', reason: state.reason, message: state.message, until: state.until };
  if (state.open === true) return then;
  if (state.open === 'needs-look') return { kind: 'look-at-consumers', optional: false };
  if (!client.active) return unprovable;
  const message = 'the published credential is proven before anything else is removed';
  return { kind: 'prove', client, reason: 'Verifying', message };
};

/**
 * What consumers may still hold: the old credential beside this one, or one that is dead already (the client was made
 * anew, somebody ended our rotation in the console). After the deadline a dead one is not looked for any more.
 */
const mayHoldAnOldOne = ({ facts, current, next }: Situation, secret: SecretView): boolean =>
  secret.credentialId === next ||
  (secret.credentialId === current && secret.renewed && facts.now < rolloutDeadline(facts, secret));

/** Once there is an old credential: what was never published before restarts nobody. */
const restartConsumers: Row = (situation) => {
  const { facts } = situation;
  const { secret } = facts;
  // New pods of an inactive client could get no token.
  if (!secret || facts.object.spec.state === 'Inactive' || !mayHoldAnOldOne(situation, secret))
    return undefined;
  // Nothing waits for those that a person cuts off, or that are cut off already.
  const optional = isRevoked(facts, secret) || secret.credentialId !== situation.next;
  const consumers = rollout(facts, secret);
  switch (consumers.state) {
    case 'too-early':
      return {
        kind: 'nothing',
        reason: 'Restarting',
        message: 'the workloads of spec.restart are restarted next',
        until: consumers.at,
      };
    case 'not-looked':
      return { kind: 'look-at-consumers', optional };
    case 'behind':
      return {
        kind: 'restart',
        consumers: consumers.consumers,
        publication: publicationOf(secret),
        optional,
        reason: 'Restarting',
        message: 'the workloads of spec.restart get the new credential',
      };
    default:
      return undefined;
  }
};

const retire: Row = (situation) => {
  const { facts, client, next } = situation;
  if (next === undefined || facts.secret?.credentialId !== next) return undefined;
  const promote = live(situation, {
    kind: 'promote',
    client,
    suffix: next,
    reason: 'Retiring',
    message: 'the overlap has passed; the old credential is retired',
  });
  return throughGate(situation, facts.secret, promote);
};

const due: Row = (situation) => {
  const { facts, client } = situation;
  // An inactive client gives no token, so nothing new could be proven; the field update comes first.
  if (!facts.secret || facts.object.spec.state === 'Inactive' || !client.active) return undefined;
  const cause = rotationDue(facts, facts.secret);
  return cause === undefined ? undefined : mint(situation, 'Rotating', cause);
};

const duplicate: Row = (situation) => {
  const { facts, client } = situation;
  const other = marked(facts).find((candidate) => candidate.id !== client.id);
  if (!other || !facts.secret) return undefined;
  return throughGate(situation, facts.secret, {
    kind: 'remove-client',
    clientId: other.id,
    reason: 'DuplicateRemoved',
    message: `a second client with our mark (${other.id}) is removed`,
  });
};

/** Another name, keys, labels or token URL: the same credential, written anew. */
const layout: Row = (situation) => {
  const { facts, client, next } = situation;
  const { secret, object, provider } = facts;
  if (!secret) return undefined;
  const name = object.spec.secret.name ?? object.name;
  if (secret.name === name && secret.labelled && secret.template === provider.template(client.id))
    return undefined;
  if (secret.immutable && secret.name === name)
    return {
      kind: 'hold',
      reason: 'SecretImmutable',
      stalled: true,
      message: `the Secret ${name} is immutable and cannot be changed; delete it, or choose another spec.secret.name`,
    };
  const stored = new Set(secret.layout.map(([, field]) => field));
  const unstored = ([, field]: Layout[number]): boolean => isSecretField(field) && !stored.has(field);
  if (wantedLayout(object.spec, provider.capabilities.style).some(unstored))
    // The value was never stored, for no entry asked for it: only a new one can be. An open rotation ends first.
    return next === undefined
      ? mint(situation, 'Rotating', 'spec.secret asks for a value that was never stored; a new one is made')
      : undefined;
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

/** After a rename the old Secret stays for as long as an old credential would. */
const formerSecret: Row = ({ facts }) => {
  const [stray] = facts.strays;
  if (!stray || !facts.secret) return undefined;
  const ends = overlapEnds(facts, facts.secret.publishedAt);
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

/**
 * The Secret is what we wrote, and the provider accepts its credential. A rotation goes through these rows, each state
 * told by what is there (current and next at the provider, S the Secret), and none remembered:
 *
 *   state            told by                                      row                 then
 *   idle             S = current, none open                       –                   due, when its time comes
 *   due              the schedule, the windows, a request         due                 dry run → fence → start → prove → publish
 *   minted           S = current, open, K = our start             (in flight: wait)   the pass that minted it goes on
 *   lost             the same, settled, given up on S             lostRotation        cancel, and due again
 *   published        S = next                                     restartConsumers    the version on their pod templates
 *   rolling out      S = next, the templates have it              retire: gate        wait for the rollout, however long
 *   overlap          S = next, rolled out                         retire: gate        wait for the overlap
 *   passed           S = next, all of it                          retire              look → fence → promote
 *   done             S = current, none open                       –                   idle
 *   foreign          S = current, open, not ours                  foreignRotation     named, left alone
 */
export const working: readonly Row[] = [
  statusFirst, //         status ≠ Secret
  giveUpOperation, //     win the Secret before anything of a dead operation is touched
  positionalInFlight, //  a promote or cancel of ours may still arrive
  lostRotation, //        our start, whose secret is lost: before anything else is fenced, for K says that it is ours
  layout, //              the same credential, written as the spec now wants it
  foreignRotation, //     somebody else's start
  restartConsumers, // they get the new credential long before the old one is retired
  retire, //              the old credential, through the gate
  due, //                 a new credential
  duplicate, //           a second client with our mark
  formerSecret, //        the Secret under its former name
];
