import type { Call } from './call.ts';
import type { Journal } from './journal.ts';
import { Counter, isCommitted, isLost, type Mode, nameOf, type Point, type Step } from './point.ts';
import type { Answer } from './relay.ts';

/** Which call is to be met: one that was learnt, or the nth of whatever kind. */
export type Aim = Point | { readonly any: number; readonly mode: Mode };

interface Armed {
  readonly aim: Aim;
  readonly counter: Counter;
  done: boolean;
}

/** A call that stands in the relay. Its sender is killed; what was held back may still arrive. */
export interface Parked {
  readonly object: string;
  readonly mode: Mode;
  readonly step: Step;
  /** Its sender gave up before it was killed: then this was another fault than the one that was meant. */
  readonly spoilt: boolean;
  /** Forwards it, once more or for the first time, though nobody waits for its answer. */
  letGo(why: string): Promise<void>;
  /** Lets it go on for a sender that still waits: it is forwarded, or answered where it was committed already. */
  goOn(why: string): Promise<void>;
  /** Its sender hears that the connection is cut; what was not forwarded yet never arrives. */
  cut(): void;
}

/** Carries a call out and tells those who watch; rejects where the other side could not be reached. */
type CarryOut = (call: Call) => Promise<Answer>;

/** Holds calls at their points: of each object at most one, so that one kill covers as many points as objects. */
export class Parking {
  readonly #journal: Journal;
  readonly #carryOut: CarryOut;
  readonly #armed = new Map<string, Armed>();
  readonly #parked: Parked[] = [];
  readonly #lost = new Map<string, Step>();
  readonly #learning = new Map<string, Counter>();

  constructor(journal: Journal, carryOut: CarryOut) {
    this.#journal = journal;
    this.#carryOut = carryOut;
  }

  arm(object: string, aim: Aim): void {
    this.#armed.set(object, { aim, counter: new Counter(), done: false });
  }

  /** Nothing more is held; what is parked stays. */
  disarm(): void {
    this.#armed.clear();
  }

  /** Writes down the calls of this object from now on. */
  learn(object: string): Counter {
    const counter = new Counter();
    this.#learning.set(object, counter);
    return counter;
  }

  get parked(): readonly Parked[] {
    return this.#parked;
  }

  /** What was lost, by object. */
  get lost(): ReadonlyMap<string, Step> {
    return this.#lost;
  }

  /** Forgets what was parked and lost. */
  clear(): void {
    this.disarm();
    this.#parked.length = 0;
    this.#lost.clear();
  }

  /** `object`: whose points these are; calls of the whole process have a name of their own. */
  async pass(call: Call, object: string): Promise<Answer | undefined> {
    this.#learning.get(object)?.count(call);
    const armed = this.#armed.get(object);
    const step = armed?.counter.count(call);
    if (!armed || !step || armed.done || !isMet(armed, step)) return await this.#carryOut(call);
    armed.done = true;
    const { mode } = armed.aim;
    if (isLost(mode)) return await this.#lose(call, object, step, mode);
    const answer = isCommitted(mode) ? await this.#carryOut(call) : undefined;
    this.#journal.note(object, `${nameOf(step)} stands in the relay (${mode})`);
    return await this.#park(call, object, step, mode, answer);
  }

  async #lose(call: Call, object: string, step: Step, mode: Mode): Promise<undefined> {
    if (mode === 'lost-after') await this.#carryOut(call);
    this.#journal.note(object, `${nameOf(step)}: connection cut (${mode})`);
    this.#lost.set(object, step);
    return undefined;
  }

  /** Resolves only when somebody lets it go on. */
  #park(
    call: Call,
    object: string,
    step: Step,
    mode: Mode,
    answer: Answer | undefined,
  ): Promise<Answer | undefined> {
    const { relayed } = call;
    const released = Promise.withResolvers<Answer | undefined>();
    this.#parked.push({
      object,
      mode,
      step,
      get spoilt() {
        return relayed.gone;
      },
      letGo: async (why) => {
        this.#journal.note(object, `${nameOf(step)} of a dead process arrives ${why}`);
        await this.#carryOut(call).catch(() => {});
      },
      goOn: async (why) => {
        this.#journal.note(object, `${nameOf(step)} goes on ${why}`);
        released.resolve(answer ?? (await this.#carryOut(call).catch(() => undefined)));
      },
      cut: () => released.resolve(undefined),
    });
    return released.promise;
  }
}

const isMet = ({ aim, counter }: Armed, step: Step): boolean =>
  'any' in aim ? counter.steps.length === aim.any : nameOf(aim.step) === nameOf(step);
