import type { Agenda } from './agenda.ts';
import type { ApiAnswer, ApiWatch } from './api-server/api.ts';
import { Chance } from './chance.ts';
import type { Exchange, WireRequest } from './exchange.ts';
import type { Target } from './schedule.ts';
import type { Fate, Weather } from './weather.ts';

/** The process that a request comes from. */
export interface Sender {
  readonly name: string;
  /** Does it in the process: never when that is dead, later while it is stopped. */
  deliver(run: () => void): void;
}

export interface Servers {
  api(request: WireRequest, sender: Sender): ApiAnswer | ApiWatch;
  upstream(request: WireRequest, sender: Sender, sent: Sent): ApiAnswer | Promise<ApiAnswer>;
  /** The door refuses it. */
  refusal(target: Target, status: number): ApiAnswer;
}

/** One request that has left its process. */
export interface Sent {
  readonly id: string;
  readonly target: Target;
  readonly request: WireRequest;
  readonly sender: Sender;
  readonly leftAt: number;
}

export interface Eyes {
  left(sent: Sent): void;
  /** What became of it: for the timeline. */
  note(sent: Sent, text: string): void;
}

interface Stream {
  readonly sender: Sender;
  cut(): void;
}

const isWatch = (answer: ApiAnswer | ApiWatch): answer is ApiWatch => 'next' in answer;

/**
 * Every hop of every message is one event of the agenda:
 *
 *   waits for a connection ─► leaves ─► arrives ─► is answered ─► the answer comes back
 *        (the process)                 (the server)                  (the process)
 */
export class Wire {
  readonly #agenda: Agenda;
  readonly #weather: Weather;
  readonly #servers: Servers;
  readonly #eyes: Eyes;
  readonly #seed: number;
  readonly #counts = new Map<string, number>();
  readonly #streams = new Set<Stream>();

  constructor(seed: number, agenda: Agenda, weather: Weather, servers: Servers, eyes: Eyes) {
    this.#seed = seed;
    this.#agenda = agenda;
    this.#weather = weather;
    this.#servers = servers;
    this.#eyes = eyes;
  }

  send(sender: Sender, target: Target, exchange: Exchange): void {
    const { request } = exchange;
    const path = request.path.split('?', 1)[0] ?? '';
    const kind = `${sender.name} ${target} ${request.method} ${path}`;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const chance = new Chance(this.#seed, `${kind} ${count}`);
    const isWrite = target === 'api' && request.method !== 'GET' && !path.includes('/leases');
    const fate = this.#weather.fate(target, chance, isWrite);
    const id = `${kind} #${count}`;
    this.#agenda.after(fate.queueMs, () =>
      sender.deliver(() => {
        if (fate.refused) exchange.fail('ECONNREFUSED');
        else if (exchange.start()) {
          const sent = { id, target, request, sender, leftAt: this.#agenda.now };
          this.#eyes.left(sent);
          this.#travel(sent, exchange, fate, chance);
        }
      }),
    );
  }

  /** The connections of a process, or of all, are cut: what was on its way in them is lost. */
  cut(sender?: Sender): void {
    for (const stream of this.#streams) if (!sender || stream.sender === sender) stream.cut();
  }

  #travel(sent: Sent, exchange: Exchange, fate: Fate, chance: Chance): void {
    if (fate.loss === 'before') {
      this.#eyes.note(sent, 'is lost');
      this.#reset(sent, exchange, fate);
      return;
    }
    this.#agenda.after(fate.outMs, () => this.#arrive(sent, exchange, fate, chance));
  }

  #arrive(sent: Sent, exchange: Exchange, fate: Fate, chance: Chance): void {
    const { request, sender, target } = sent;
    const refusal = this.#weather.refusal(target, chance);
    const handle = () =>
      target === 'api' ? this.#servers.api(request, sender) : this.#servers.upstream(request, sender, sent);
    if (refusal && !refusal.done) {
      this.#eyes.note(sent, `is refused: ${refusal.status}`);
      this.#answer(sent, exchange, fate, this.#servers.refusal(target, refusal.status));
      return;
    }
    const answer = handle();
    if (answer instanceof Promise) {
      void answer.then((ready) => this.#answer(sent, exchange, fate, ready));
      return;
    }
    if (isWatch(answer)) this.#stream(sent, exchange, fate, answer);
    else this.#answer(sent, exchange, fate, refusal ? this.#servers.refusal(target, refusal.status) : answer);
  }

  #answer(sent: Sent, exchange: Exchange, fate: Fate, answer: ApiAnswer): void {
    const late = fate.loss === 'late' ? ' (late)' : '';
    if (fate.loss === 'after') {
      this.#eyes.note(sent, `→ ${answer.status}, which is lost`);
      this.#reset(sent, exchange, fate);
      return;
    }
    this.#eyes.note(sent, `→ ${answer.status}${late}`);
    this.#agenda.after(fate.backMs, () =>
      sent.sender.deliver(() => {
        exchange.head(answer.status, answer.headers);
        exchange.data(answer.body);
        exchange.end();
      }),
    );
  }

  /** Told by a reset, or not at all: then the caller's own deadline ends it. */
  #reset(sent: Sent, exchange: Exchange, { resetMs }: Fate): void {
    if (resetMs !== undefined)
      this.#agenda.after(resetMs, () => sent.sender.deliver(() => exchange.fail('ECONNRESET')));
  }

  #stream({ id, sender }: Sent, exchange: Exchange, fate: Fate, watch: ApiWatch): void {
    const chance = new Chance(this.#seed, `${id} stream`);
    let last = this.#agenda.now + fate.backMs;
    const inOrder = (at: number, run: () => void): void => {
      last = Math.max(last, at);
      this.#agenda.at(last, () => sender.deliver(run));
    };
    const gone = (): void => {
      this.#streams.delete(stream);
      deadline?.[Symbol.dispose]();
      watch.onPending = undefined;
      watch.close();
    };
    const stream: Stream = {
      sender,
      cut: () => {
        gone();
        sender.deliver(() => exchange.fail('ECONNRESET'));
      },
    };
    this.#streams.add(stream);
    exchange.onAbort = gone;
    const { timeoutSeconds } = watch;
    const deadline =
      timeoutSeconds === undefined ? undefined : this.#agenda.after(timeoutSeconds * 1000, () => watch.end());
    const pump = (): void => {
      for (let line = watch.next(); line !== undefined; line = watch.next()) {
        const text = line;
        inOrder(this.#agenda.now + this.#weather.lagOf(watch.resource, chance), () => exchange.data(text));
      }
      if (!watch.ended) return;
      this.#streams.delete(stream);
      deadline?.[Symbol.dispose]();
      inOrder(this.#agenda.now, () => exchange.end());
    };
    inOrder(last, () => exchange.head(200, { 'content-type': 'application/json' }));
    watch.onPending = pump;
    pump();
  }
}
