import type { Group } from '../behaviour.ts';
import { ofTheAccount } from './account.ts';
import { failing } from './failing.ts';
import { issuing } from './issuing.ts';
import type { Subject } from './subject.ts';

/** What is asked of a provider whose secrets belong to no client and end by themselves. */
export const ephemeral: readonly Group<Subject>[] = [ofTheAccount, issuing, ...failing];
