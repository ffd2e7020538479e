import type { Account, StyleName, Wish } from '../../providers/provider.ts';
import type { Facts } from '../facts.ts';
import { additive } from './additive/index.ts';
import { ephemeral } from './ephemeral/index.ts';
import { staged } from './staged/index.ts';
import type { Style } from './style.ts';
import { twoPhase } from './two-phase/index.ts';

const styles: Readonly<Record<StyleName, Style>> = {
  'two-phase': twoPhase,
  additive,
  staged,
  ephemeral,
};

/** Of the client that is made to this wish at this account. */
export const styleOf = (wish: Wish, account: Pick<Account, 'styleOf'>): Style =>
  styles[account.styleOf(wish)];

/** undefined: without its provider nobody can tell. */
export const styleIn = ({ provider }: Facts): Style | undefined =>
  provider.state === 'ready' ? styles[provider.style] : undefined;
