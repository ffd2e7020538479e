import type { Plan } from '../../plan.ts';
import { publicationOf } from '../../publication.ts';
import { rotationDue } from '../../rotation/due.ts';
import type { SecretView } from '../../secret-view.ts';
import { gate } from '../gate.ts';
import { isUnread, marked } from '../locate.ts';
import { isRevoked, rollout, rolloutDeadline } from '../rollout.ts';
import type { Alone, Row, Situation } from './situation.ts';

/** It gives no token until the field update has made it active again. */
const unprovable = (): Plan => ({
  kind: 'nothing',
  reason: 'Inactive',
  message:
    'the client is inactive at the provider: its credential cannot be proven, and nothing else is removed',
});

/** Whatever may cut somebody off goes through the gate, and is asked for a proof of the published credential there. */
export const throughGate = ({ facts, client, former }: Situation, secret: SecretView, then: Plan): Plan => {
  const state = gate(facts, secret, former);
  if (state.open === false)
    return { kind: 'nothing', reason: state.reason, message: state.message, until: state.until };
  if (state.open === 'needs-look') return { kind: 'look-at-consumers', optional: false };
  if (!client.active) return unprovable();
  if (state.open === true) return then;
  const message = 'the published credential is proven before anything else is removed';
  return { kind: 'prove', client, reason: 'Verifying', message };
};

/**
 * What consumers may still hold: the old credential beside this one, or one that is dead already (the client was made
 * anew, somebody ended our rotation in the console). After the deadline a dead one is not looked for any more.
 */
const mayHoldAnOldOne = ({ facts, retiring }: Alone, secret: SecretView): boolean =>
  (retiring && !secret.first) || (secret.renewed && facts.now < rolloutDeadline(facts, secret));

/** Once there is an old credential, which goes only when they have restarted; without one nobody is. */
export const restartConsumers: Row<Alone> = (situation) => {
  const { facts } = situation;
  const { secret } = facts;
  // New pods of an inactive client could get no token.
  if (!secret || facts.object.spec.state === 'Inactive' || !mayHoldAnOldOne(situation, secret))
    return undefined;
  // Nothing waits for those that a person cuts off, or that are cut off already.
  const optional = isRevoked(facts, secret) || !situation.retiring;
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

/** Why a new credential is to be made now, or undefined. */
export const dueCause = ({ facts, client }: Situation): string | undefined => {
  // An inactive client gives no token, so nothing new could be proven; the field update comes first.
  if (!facts.secret || facts.object.spec.state === 'Inactive' || !client.active) return undefined;
  return rotationDue(facts, facts.secret);
};

export const duplicate: Row = (situation) => {
  const { facts, client } = situation;
  const others = marked(facts).filter((candidate) => candidate.id !== client.id);
  const [other] = others;
  if (!other || !facts.secret) return undefined;
  // A short mark alone is no proof, and nor is what was read before somebody changed its name: it is read first.
  const unread = others.filter(isUnread);
  if (unread.length > 0) return { kind: 'look', ids: unread.map(({ id }) => id) };
  return throughGate(situation, facts.secret, {
    kind: 'remove-client',
    clientId: other.id,
    reason: 'DuplicateRemoved',
    message: `a second client with our mark (${other.id}) is removed`,
  });
};
