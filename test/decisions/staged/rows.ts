import type { Reason } from '../../../src/api/reasons.ts';
import type { Plan } from '../../../src/machine-client/plan.ts';
import type { At } from './facts.ts';

/** What a row asks for. Questions have no reason. */
export interface Expected {
  readonly plan: Plan['kind'];
  readonly reason?: Reason;
  /** Which credential is meant. */
  readonly credential?: 'current' | 'rotated';
}

export interface Row {
  readonly facts: string;
  readonly when: (at: At) => boolean;
  readonly says: (at: At) => Expected;
}

// The words of the protocol, said over the facts and not over the code of src/.
export const isLost = (at: At): boolean =>
  ['stage, lost, fresh', 'stage, lost, settled', 'stage, not to be published'].includes(at.K);
export const mayArrive = (at: At): boolean => at.K.endsWith('fresh') && at.K !== 'update, fresh';
export const works = (at: At): boolean => at.S === 'ok' && at['S holds'] !== 'neither';
const holdsRotated = (at: At): boolean => at['S holds'] === 'the rotated one';
/** What has ended by itself is due, too. */
const isDue = (at: At): boolean =>
  at.rotated === 'none' && at.active === 'yes' && (at.due === 'yes' || at.current === 'has ended');
const look: Expected = { plan: 'look' };
const live = (at: At, then: Expected): Expected => (at.shown === 'by a look' ? then : look);
const read = (at: At, credential: 'current' | 'rotated'): Expected =>
  live(at, { plan: 'publish-read', reason: 'Publishing', credential });
const gate = (at: At, then: Expected): Expected => {
  if (at.overlap === 'running') return { plan: 'nothing', reason: 'Overlap' };
  return at.active === 'yes' ? then : { plan: 'nothing', reason: 'Inactive' };
};
const settling: Expected = { plan: 'wait', reason: 'Settling' };

/** The table of the staged style, first row that applies. */
export const rows: readonly Row[] = [
  {
    facts: 'K a fresh stage, unresolved',
    when: (at) => at.K === 'stage, lost, fresh',
    says: () => settling,
  },
  {
    facts: 'S ok, status ≠ S: status from S',
    when: (at) => works(at) && at.status !== 'of S',
    says: () => ({ plan: 'wait', reason: 'Publishing' }),
  },
  {
    facts: 'S ok, K our stage, unresolved, and the client was not read in this pass: look',
    when: (at) =>
      works(at) && at.K === 'stage, lost, settled' && at.active === 'yes' && at.shown === 'by a list',
    says: () => look,
  },
  {
    facts:
      'S = current, rotated is of K, our stage, whose answer was lost: published as read, after it is proven',
    when: (at) =>
      works(at) && at.K === 'stage, lost, settled' && at.rotated === 'of K' && at.active === 'yes',
    says: (at) => read(at, 'rotated'),
  },
  {
    facts: 'S ok, K unresolved otherwise: touch S, abandoned-operation := K.id',
    when: (at) => works(at) && isLost(at),
    says: () => ({ plan: 'give-up-operation', reason: 'Settling' }),
  },
  {
    facts: 'K a fresh stage, turn or drop, whatever its result',
    when: mayArrive,
    says: () => settling,
  },
  {
    facts:
      'S = rotated, and current is another one than S was published beside: somebody has made it; published as read',
    when: (at) =>
      works(at) && holdsRotated(at) && at['S came beside'] === 'another one' && at.current === 'lives',
    says: (at) => read(at, 'current'),
  },
  {
    facts: 'S = rotated, and current is what S was published beside',
    when: (at) => works(at) && holdsRotated(at) && at['S came beside'] === 'the current one',
    says: (at) => live(at, { plan: 'turn', reason: 'Retiring', credential: 'rotated' }),
  },
  {
    facts: 'S lacks a value that the spec now asks for: published again, as read',
    when: (at) => works(at) && at.lacks === 'a value',
    says: (at) => read(at, holdsRotated(at) ? 'rotated' : 'current'),
  },
  {
    facts: 'S = current, rotated there: through the gate',
    when: (at) => works(at) && !holdsRotated(at) && at.rotated !== 'none',
    says: (at) => gate(at, live(at, { plan: 'drop', reason: 'Retiring', credential: 'rotated' })),
  },
  {
    facts: 'S = current, none rotated, due',
    when: (at) => works(at) && isDue(at),
    says: (at) => live(at, { plan: 'mint', reason: 'Rotating' }),
  },
  {
    facts: 'S ok, a second client with our mark: through the gate',
    when: (at) => works(at) && at.duplicate === 'one',
    says: (at) => gate(at, { plan: 'remove-client', reason: 'DuplicateRemoved' }),
  },
  { facts: 'S ok, none of these', when: works, says: () => ({ plan: 'nothing', reason: 'Ready' }) },
  {
    facts: 'S not ok, only the integrity key is another one, and U shows the credential',
    when: (at) => at.S === 'of an unknown key' && at['S holds'] !== 'neither',
    says: () => ({ plan: 'sign-again', reason: 'IntegrityUnknown' }),
  },
  {
    facts: 'S as it was written, though U does not show its credential, and K unresolved: touch S',
    when: (at) => at.S === 'ok' && isLost(at),
    says: () => ({ plan: 'give-up-operation', reason: 'Settling' }),
  },
  {
    facts: 'S not ok, rotated = what status says was published: published as read',
    when: holdsRotated,
    says: (at) => read(at, 'rotated'),
  },
  {
    facts: 'S not ok otherwise: current, published as read',
    when: (at) => at.current === 'lives',
    says: (at) => read(at, 'current'),
  },
  {
    facts: '… and current has ended by itself',
    when: () => true,
    says: (at) => live(at, { plan: 'mint', reason: 'Recovering' }),
  },
];
