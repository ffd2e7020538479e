import { setTimeout as sleep } from 'node:timers/promises';
import type { Screen, Style } from './screen.ts';

interface Entry {
  /** Milliseconds since the epoch; until it is printed, it can turn out to have been earlier. */
  at: number;
  readonly subject: string;
  readonly text: string;
  readonly style: Style | undefined;
}

interface LineOptions {
  /** Default: now. */
  readonly at?: number;
  readonly style?: Style;
}

/**
 * What is seen comes by several ways (watches, the simulator's log) at different speed. Each line is held back so
 * long, so that all can be told in the order in which they happened.
 */
const HOLD_BACK_MS = 250;
const TICK_MS = 50;
const SUBJECT_WIDTH = 15;
const STEP_WIDTH = 11;

/** The lines of the demo, each with its time in seconds since the start of this process. */
export class Timeline implements Disposable {
  readonly #screen: Screen;
  readonly #timer: NodeJS.Timeout;
  #pending: Entry[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#timer = setInterval(() => this.#printUntil(Date.now() - HOLD_BACK_MS), TICK_MS);
  }

  add(subject: string, text: string, options: LineOptions = {}): Pick<Entry, 'at'> {
    const entry: Entry = { at: options.at ?? Date.now(), subject, text, style: options.style };
    this.#pending.push(entry);
    return entry;
  }

  /** One step in the life of an object. */
  step(subject: string, step: string, text: string, options: LineOptions = {}): Pick<Entry, 'at'> {
    return this.add(subject, `${step.padEnd(STEP_WIDTH)}${text}`, options);
  }

  /** How far something is that takes long: in place on a terminal until it is disposed, else a line each. */
  progress(subject: string): Disposable & { show(text: string): void } {
    const inPlace = (text: string): string => this.#line({ at: Date.now(), subject, text, style: 'dim' });
    return {
      show: (text) => {
        if (this.#screen.isTerminal) this.#screen.footer([inPlace(text)]);
        else this.add(subject, text);
      },
      [Symbol.dispose]: () => this.#screen.footer([]),
    };
  }

  /** Resolves when everything is printed that has happened until now. */
  async caughtUp(): Promise<void> {
    await sleep(HOLD_BACK_MS);
    this.#printUntil(Number.POSITIVE_INFINITY);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#printUntil(Number.POSITIVE_INFINITY);
  }

  #printUntil(limit: number): void {
    const due = this.#pending.filter(({ at }) => at <= limit);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter(({ at }) => at > limit);
    this.#screen.print(due.toSorted((a, b) => a.at - b.at).map((entry) => this.#line(entry)));
  }

  #line({ at, subject, text, style }: Entry): string {
    const seconds = (Math.max(0, at - performance.timeOrigin) / 1000).toFixed(1);
    const time = this.#screen.paint('dim', `${seconds.padStart(6)} s`);
    const body = style ? this.#screen.paint(style, text) : text;
    return `${time}  ${this.#screen.paint('cyan', subject.padEnd(SUBJECT_WIDTH))}  ${body}`;
  }
}
