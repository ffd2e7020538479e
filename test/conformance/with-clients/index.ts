import type { Group } from '../behaviour.ts';
import { ofTheAccount } from './account.ts';
import { creating, looking } from './creating.ts';
import { ending } from './ending.ts';
import { failing } from './failing.ts';
import { listing } from './listing.ts';
import { proving } from './proving.ts';
import { rotatingByAddition } from './rotating-by-addition.ts';
import { rotatingInTwoPhases } from './rotating-in-two-phases.ts';
import { rotatingStaged } from './rotating-staged.ts';
import type { Subject } from './subject.ts';
import { updating } from './updating.ts';

/** What is asked of a provider that has clients. */
export const withClients: readonly Group<Subject>[] = [
  ofTheAccount,
  creating,
  looking,
  listing,
  updating,
  ending,
  proving,
  rotatingInTwoPhases,
  rotatingByAddition,
  rotatingStaged,
  failing,
];
