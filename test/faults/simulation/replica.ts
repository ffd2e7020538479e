import { readConfig } from '../../../src/config.ts';
import type { Network } from '../../../src/controllers/network.ts';
import { runOperator } from '../../../src/controllers/operator.ts';
import { makeLogger } from '../../../src/observability/log.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { Agenda } from './agenda.ts';
import { Chance } from './chance.ts';
import { SimulatedDispatcher } from './exchange.ts';
import { EPOCH, INSTALLATION, OPERATOR_NAMESPACE, type Target } from './schedule.ts';
import type { Sender, Wire } from './wire.ts';

const tls = { rejectUnauthorized: true };

/** A process's own clocks: the wall clock may jump, the other one is the world's. */
class ReplicaClock implements Clock {
  readonly #agenda: Agenda;
  readonly #sender: Sender;
  offsetMs = 0;

  constructor(agenda: Agenda, sender: Sender) {
    this.#agenda = agenda;
    this.#sender = sender;
  }

  now(): number {
    return Math.floor(EPOCH + this.#agenda.now + this.offsetMs);
  }

  monotonic(): number {
    return this.#agenda.now;
  }

  timer(ms: number, fire: () => void): Disposable {
    // As Node does: a wait that is too short for the clock to move would be for ever.
    return new Timer(this.#agenda, this.#sender, Math.max(1, ms), fire);
  }
}

class Timer implements Disposable {
  readonly #due: Disposable;
  /** Until it is disposed: it may be due while its process is stopped. */
  #fire: (() => void) | undefined;

  constructor(agenda: Agenda, sender: Sender, ms: number, fire: () => void) {
    this.#fire = fire;
    this.#due = agenda.after(ms, () => sender.deliver(() => this.#fire?.()));
  }

  [Symbol.dispose](): void {
    this.#fire = undefined;
    this.#due[Symbol.dispose]();
  }
}

export interface ReplicaOptions {
  readonly seed: number;
  /** Of the place where it runs: a restarted one has the same, and the same clock. */
  readonly place: string;
  /** How many there were before it at this place. */
  readonly turn: number;
  readonly offsetMs: number;
  readonly elects: boolean;
  readonly agenda: Agenda;
  readonly wire: Wire;
  readonly onLine: (replica: Replica, line: string) => void;
  /** It ended by itself: it lost the lease, or an error. */
  readonly onEnd: (replica: Replica, error: unknown) => void;
}

/** One operator process, in this process: the operator's own code over a network and clocks of the world. */
export class Replica implements Sender {
  readonly name: string;
  readonly place: string;
  readonly clock: ReplicaClock;
  readonly #options: ReplicaOptions;
  readonly #stop = new AbortController();
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #held: (() => void)[] = [];

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.place = options.place;
    this.name = `${options.place}${options.turn}`;
    this.clock = new ReplicaClock(options.agenda, this);
    this.clock.offsetMs = options.offsetMs;
  }

  get alive(): boolean {
    return this.#state !== 'dead';
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  start(): void {
    const { seed, elects, wire, onLine, onEnd } = this.#options;
    const config = readConfig(
      [
        `--namespace=${OPERATOR_NAMESPACE}`,
        `--installation-id=${INSTALLATION}`,
        `--leader-elect=${elects}`,
        '--health-address=0',
        '--metrics-address=0',
        '--allow-insecure-provider-urls',
        '--log-level=debug',
      ],
      {},
    );
    const to = (target: Target) => new SimulatedDispatcher((exchange) => wire.send(this, target, exchange));
    const network: Network = {
      endpoint: () =>
        Promise.resolve({
          server: new URL('http://api.simulated'),
          credentials: () => Promise.resolve({ tls }),
          forget: () => {},
        }),
      toApiServer: () => to('api'),
      toProvider: () => to('upstream'),
    };
    const log = makeLogger(config['log-level'], { write: (line) => onLine(this, line) });
    runOperator(
      {
        config,
        clock: this.clock,
        random: new Chance(seed, `random of ${this.name}`).next,
        network,
        log,
        environment: {},
      },
      this.#stop.signal,
    ).then(
      () => this.#ended(onEnd, undefined),
      (error: unknown) => this.#ended(onEnd, error),
    );
  }

  deliver(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'stopped') this.#held.push(run);
  }

  /** SIGKILL: nothing of it happens any more. What it has sent is on its way all the same. */
  kill(): void {
    this.#state = 'dead';
    this.#held = [];
    this.#options.wire.cut(this);
  }

  /** SIGTERM */
  terminate(): void {
    this.deliver(() => this.#stop.abort(new Error('SIGTERM')));
  }

  /** SIGSTOP */
  pause(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  /** SIGCONT: all that was due meanwhile is done now, in order. */
  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    // Each in a turn of its own, as the event loop would.
    for (const run of held) this.#options.agenda.after(0, () => this.deliver(run));
  }

  #ended(onEnd: ReplicaOptions['onEnd'], error: unknown): void {
    if (this.#state === 'dead') return;
    this.kill();
    onEnd(this, error);
  }
}
