import type { Call, Side } from './call.ts';

/**
 * What becomes of one call, and of the process that made it.
 *
 *   killed-before   dead before it is forwarded; it never arrives
 *   killed-after    dead after it was committed, before it is answered
 *   lost-before     the connection is cut, and it never arrives; nobody dies
 *   lost-after      it is committed, and the connection is cut; nobody dies
 *   late            held back, its process is killed; it arrives after the restart, before K.until
 *   very-late       the same, and it arrives after K.until, when the recovery is over
 *   again           committed and not answered, its process is killed; it arrives once more after the restart
 *   very-late-again the same, and it arrives once more when the recovery is over
 *   into-next       as very-late, and it arrives while the next rotation is open (only calls that act by position)
 *
 * And where two processes share the work, and the one that leads is stopped (SIGSTOP) until another one leads:
 *
 *   dozed-before, dozed-after     woken as soon as another one leads; its call goes on, or is answered
 *   slept-before, slept-after     woken when the other one's recovery is over
 */
export type Mode =
  | 'killed-before'
  | 'killed-after'
  | 'lost-before'
  | 'lost-after'
  | 'late'
  | 'very-late'
  | 'again'
  | 'very-late-again'
  | 'into-next'
  | 'dozed-before'
  | 'dozed-after'
  | 'slept-before'
  | 'slept-after';

export const isLost = (mode: Mode): boolean => mode === 'lost-before' || mode === 'lost-after';
/** It was committed before the kill. */
export const isCommitted = (mode: Mode): boolean =>
  mode === 'killed-after' ||
  mode === 'again' ||
  mode === 'very-late-again' ||
  mode === 'dozed-after' ||
  mode === 'slept-after';
/** When what was held back is let go, if ever. */
export const arrives = (mode: Mode): 'early' | 'late' | 'into-next' | undefined => {
  if (mode === 'late' || mode === 'again') return 'early';
  if (mode === 'very-late' || mode === 'very-late-again') return 'late';
  return mode === 'into-next' ? 'into-next' : undefined;
};

/** One of an object's calls: the nth of its kind since the scenario began to act. */
export interface Step {
  readonly side: Side;
  readonly brief: string;
  readonly nth: number;
  readonly writes: boolean;
}

export interface Point {
  readonly step: Step;
  readonly mode: Mode;
}

export const nameOf = ({ side, brief, nth }: Step): string => `${side} ${brief} #${nth}`;
export const describe = ({ step, mode }: Point): string => `${nameOf(step)}, ${mode}`;

const forReads: readonly Mode[] = ['killed-before', 'killed-after', 'lost-before', 'lost-after'];
const forWrites: readonly Mode[] = [...forReads, 'late', 'very-late', 'again', 'very-late-again'];

/** Every way in which these calls can go wrong. */
export const pointsOf = (steps: readonly Step[]): readonly Point[] =>
  steps.flatMap((step) => {
    const positional = step.brief === 'rotate' || step.brief === 'rotateCancel';
    const modes = step.writes ? forWrites : forReads;
    return [...modes, ...(positional ? (['into-next'] as const) : [])].map((mode) => ({ step, mode }));
  });

const asleep: readonly Mode[] = ['dozed-before', 'dozed-after', 'slept-before', 'slept-after'];

/** Every call at which a process can fall asleep. */
export const sleepsOf = (steps: readonly Step[]): readonly Point[] =>
  steps.flatMap((step) => asleep.map((mode) => ({ step, mode })));

/** Counts calls by kind: of one object, or of a process. */
export class Counter {
  readonly #counts = new Map<string, number>();
  readonly #steps: Step[] = [];

  /** The step that this call is. */
  count({ side, brief, writes }: Call): Step {
    const kind = `${side} ${brief}`;
    const nth = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, nth);
    const step = { side, brief, nth, writes };
    this.#steps.push(step);
    return step;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }
}

/** Calls that every one of these runs made: what one of them did more, because it met a conflict, is not the scenario. */
export const common = (runs: readonly (readonly Step[])[]): readonly Step[] => {
  const [first = [], ...others] = runs;
  const names = others.map((steps) => new Set(steps.map(nameOf)));
  return first.filter((step) => names.every((set) => set.has(nameOf(step))));
};
