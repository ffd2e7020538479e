import type { Reason } from '../../src/api/reasons.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import type { Words } from './words.ts';

/** What a row of the table asks for. Questions have no reason. */
export interface Expected {
  readonly plan: Plan['kind'];
  readonly reason?: Reason;
}

export interface Row {
  /** In the words of docs/protocol.md where the row is one of its own. */
  readonly facts: string;
  readonly when: (words: Words) => boolean;
  readonly says: (words: Words) => Expected;
  /** Not in the tables of docs/protocol.md, or not so: the title of its paragraph in the decision that says why. */
  readonly added?: string;
}

export const hold = (reason: Reason): Expected => ({ plan: 'hold', reason });
export const wait = (reason: Reason): Expected => ({ plan: 'wait', reason });
export const nothing = (reason: Reason): Expected => ({ plan: 'nothing', reason });
export const look: Expected = { plan: 'look' };
export const sweep: Expected = { plan: 'sweep' };
export const mint = (reason: Reason): Expected => ({ plan: 'mint', reason });

/** What changes the client needs to have seen it in this pass. */
export const live = ({ live: seen }: Words, then: Expected): Expected => (seen() ? then : look);

/** Where a row says "nothing", fields are put right: those of a client of somebody else are not. */
export const orFields = (words: Words, otherwise: Expected): Expected =>
  words.borrowed() || words.at('differs') === 'nothing'
    ? otherwise
    : live(words, { plan: 'update', reason: 'Updating' });

/** Refused for now, and nobody has asked again. */
export const waits = ({ at, askedAgain }: Words): boolean => at('refused') === 'until later' && !askedAgain();

/** A rotation that was refused, and waits, keeps the fields back no longer than it is tried. */
export const rotate = (words: Words): Expected =>
  live(words, waits(words) ? orFields(words, mint('Rotating')) : mint('Rotating'));

export const throughGate = (words: Words, then: Expected): Expected => {
  const state = words.gate();
  if (state === 'needs look') return { plan: 'look-at-consumers' };
  if (state === 'open' || state === 'needs proof') {
    if (words.at('active') !== 'yes') return orFields(words, nothing('Inactive'));
    return state === 'open' ? then : { plan: 'prove', reason: 'Verifying' };
  }
  return orFields(words, nothing(state));
};
