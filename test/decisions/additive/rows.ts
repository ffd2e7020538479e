import type { Reason } from '../../../src/api/reasons.ts';
import type { Plan } from '../../../src/machine-client/plan.ts';
import type { At } from './facts.ts';

/** What a row asks for. Questions have no reason. */
export interface Expected {
  readonly plan: Plan['kind'];
  readonly reason?: Reason;
  /** Which credential a deletion names. */
  readonly credential?: 'old' | 'lost' | 'published' | undefined;
}

export interface Row {
  readonly facts: string;
  readonly when: (at: At) => boolean;
  readonly says: (at: At) => Expected;
}

// The words of the protocol, said over the facts and not over the code of src/.
const unresolved = (at: At): boolean => at.K.startsWith('lost');
const listed = (at: At): boolean => at.shown === 'by name alone';
const proven = (at: At): boolean => at.status === 'of S';
/** What a list does not show is taken to be as it was. */
export const works = (at: At): boolean =>
  at.S === 'ok' || (at.S === 'of a credential that is gone' && listed(at));
const look: Expected = { plan: 'look' };
const live = (at: At, then: Expected): Expected => (at.shown === 'by a look' ? then : look);
const gate = (at: At, then: Expected): Expected => {
  if (at.overlap === 'running') return { plan: 'nothing', reason: 'Overlap' };
  return proven(at) ? then : { plan: 'prove', reason: 'Verifying' };
};
/** Ours that S does not hold; without status only what was made during K is known for ours. */
const hasOld = (at: At): boolean => at.old === 'one' || at['made during K'] !== 'none';
/** What was published last is there, and known for ours by S or by status. */
const lostPublished = (at: At): boolean =>
  at.S !== 'of a credential that is gone' && (at.status !== 'none' || at.S === 'edited');
/** What carries its operation is named by that. */
const notNamed = (at: At): boolean =>
  at.marks === 'none' && (at['made during K'] === 'not named' || (at.S === 'edited' && at.status === 'none'));
/** It says itself that it came of K, and K cannot publish any more. */
export const isLostForSure = (at: At): boolean =>
  at.marks === 'on each' && works(at) && at.K === 'given up' && at['made during K'] !== 'none';

/** The set that a key was taken out of may still arrive, and puts back what it was made from. */
export const setMayArrive = (at: At): boolean => at.written === 'as one set' && at.K === 'a deletion, fresh';

const oldest = (at: At): Expected['credential'] => (at.old === 'one' ? 'old' : 'lost');

/** The table of the additive style, first row that applies. */
export const rows: readonly Row[] = [
  {
    facts: 'K a fresh mint, unresolved',
    when: (at) => at.K === 'lost, fresh',
    says: () => ({ plan: 'wait', reason: 'Settling' }),
  },
  {
    facts: 'S ok, status ≠ S: status from S',
    when: (at) => works(at) && at.status !== 'of S',
    says: () => ({ plan: 'wait', reason: 'Publishing' }),
  },
  {
    facts:
      'a list shows the client by its name alone, and it is not at rest, or the name is not the one that we gave',
    when: (at) =>
      at.shown === 'by another name alone' ||
      (listed(at) && (!works(at) || unresolved(at) || at['made during K'] === 'named')),
    says: () => look,
  },
  {
    facts: 'S ok, K unresolved: read U, then touch S, abandoned-operation := K.id',
    when: (at) => works(at) && unresolved(at),
    says: (at) => live(at, { plan: 'give-up-operation', reason: 'Settling' }),
  },
  {
    facts: 'credentials are written as one set, and K is a fresh deletion, whatever its result',
    when: setMayArrive,
    says: () => ({ plan: 'wait', reason: 'Settling' }),
  },
  {
    facts: 'S not ok, only the integrity key is another one, and U shows the credential',
    when: (at) => at.S === 'of an unknown key',
    says: () => ({ plan: 'sign-again', reason: 'IntegrityUnknown' }),
  },
  {
    facts: 'S ok, K given up, and a credential that carries it: at once',
    when: (at) => !listed(at) && isLostForSure(at),
    says: (at) => live(at, { plan: 'retire', reason: 'Retiring', credential: 'lost' }),
  },
  {
    facts: 'a credential of ours that S does not hold, and that status does not name: status first',
    when: (at) => !listed(at) && notNamed(at),
    says: () => ({ plan: 'wait', reason: 'Settling' }),
  },
  {
    facts: 'S ok, one of ours that S does not hold: through the gate, the oldest first',
    when: (at) => works(at) && !listed(at) && hasOld(at),
    says: (at) => gate(at, live(at, { plan: 'retire', reason: 'Retiring', credential: oldest(at) })),
  },
  {
    facts: 'S ok, due, room',
    when: (at) => works(at) && at.due === 'yes' && at.room === 'some',
    says: (at) => live(at, { plan: 'mint', reason: 'Rotating' }),
  },
  {
    facts: 'S ok, due, foreign ones take all room',
    when: (at) => works(at) && at.due === 'yes',
    says: (at) => live(at, { plan: 'hold', reason: 'CredentialLimitReached' }),
  },
  {
    facts: 'S ok, a second client with our mark: read whole, then through the gate',
    when: (at) => works(at) && at.duplicate !== 'none',
    says: (at) =>
      at.duplicate === 'one' ? gate(at, { plan: 'remove-client', reason: 'DuplicateRemoved' }) : look,
  },
  { facts: 'S ok, none of these', when: works, says: () => ({ plan: 'nothing', reason: 'Ready' }) },
  {
    facts: 'S not ok, room',
    when: (at) => at.room === 'some',
    says: (at) => live(at, { plan: 'mint', reason: 'Recovering' }),
  },
  {
    facts: 'S not ok, no room, none of ours',
    when: (at) => !hasOld(at) && !lostPublished(at),
    says: (at) => live(at, { plan: 'hold', reason: 'CredentialLimitReached' }),
  },
  {
    facts: 'S not ok, no room, one of ours is younger than the last published: the youngest',
    when: (at) => at['made during K'] !== 'none' && lostPublished(at),
    says: (at) => live(at, { plan: 'retire', reason: 'Recovering', credential: 'lost' }),
  },
  {
    facts: '… none is, the overlap of the last published has passed: the oldest of ours',
    when: (at) => at.overlap === 'passed' || at.status === 'none',
    says: (at) =>
      live(at, {
        plan: 'retire',
        reason: 'Retiring',
        credential: hasOld(at) ? oldest(at) : 'published',
      }),
  },
  {
    facts: '… else',
    when: () => true,
    says: () => ({ plan: 'hold', reason: 'OverlapWithoutSecret' }),
  },
];
