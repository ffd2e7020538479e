import type { Need } from './budget-line.ts';
import type { Lane } from './work-queue.ts';

/** When a key is worked on next. `lane`: of that work; the one that it was taken from where it is left out. */
export type Next =
  /** Nothing is due: something will wake it. */
  | { readonly kind: 'done' }
  /** After `ms`, without counting as a failure. */
  | { readonly kind: 'after'; readonly ms: number; readonly lane?: Lane | undefined }
  /** When its turn has come in a budget. */
  | { readonly kind: 'busy'; readonly need: Need }
  /** With growing distance, and not before `atLeastMs`. */
  | { readonly kind: 'failed'; readonly atLeastMs?: number | undefined; readonly lane?: Lane | undefined };

export const done: Next = { kind: 'done' };
