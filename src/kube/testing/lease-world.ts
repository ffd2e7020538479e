import { setImmediate as turn } from 'node:timers/promises';
import { annotations } from '../../api/group.ts';
import { aborted } from '../../runtime/linked-abort.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { LeaderElection } from '../lease.ts';
import type { Pod } from '../lease-holder.ts';
import { testTransport } from './test-transport.ts';
import { refuse, type Reply, type Seen, UnkindServer } from './unkind-server.ts';

/** As in production: the clock is a manual one. */
export const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
export const PATH = '/apis/coordination.k8s.io/v1/namespaces/system/leases/operator';
export const STEP_MS = 500;
/** A wait of one that neither leads nor watches, at most. */
export const PERIOD_MS = timings.retryPeriodMs * 1.2;

const PODS = '/api/v1/namespaces/system/pods/';
export const isPodGet = ({ method, path }: Seen): boolean => method === 'GET' && path.startsWith(PODS);

/** Without any time passing by the manual clock. */
const soon = async (holds: () => boolean): Promise<void> => {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('not within 10 s');
    await turn();
  }
};

interface CandidateOptions {
  /** In which it is told to run. */
  readonly pod?: Pod;
  readonly whenStopped?: () => Promise<void>;
}

/** One API server, one clock, and processes that want to lead. */
export class World implements AsyncDisposable {
  readonly server: UnkindServer;
  readonly clock = new ManualClock();
  /** Those in the namespace of the lease: uids by name. */
  readonly pods = new Map<string, string>();
  /** What is said to whoever asks for a pod. */
  answerForPod: Reply = (response, request) => {
    const name = request.path.slice(PODS.length);
    const uid = this.pods.get(name);
    if (uid === undefined) refuse(404, 'NotFound')(response, request);
    else response.writeHead(200).end(JSON.stringify({ metadata: { name, uid } }));
  };
  readonly #candidates: Candidate[] = [];

  private constructor(server: UnkindServer) {
    this.server = server;
    server.always(isPodGet, (response, request) => this.answerForPod(response, request));
  }

  static async start(): Promise<World> {
    return new World(await UnkindServer.start());
  }

  get spec(): Record<string, unknown> | undefined {
    const found = this.server.objects.list((path) => path === PATH)[0];
    return found?.['spec'] as Record<string, unknown> | undefined;
  }

  /** What the holder has written of its pod, if anything. */
  get claim(): string | undefined {
    return this.server.objects.get(PATH).metadata.annotations?.[annotations.holderPod];
  }

  /** Somebody else's, who does nothing any more. */
  heldBy(holderIdentity: string, more: object = {}): void {
    this.server.objects.create(PATH, { spec: { holderIdentity, leaseTransitions: 7, ...more } });
  }

  /** As if that had been written on the Lease, by whomever. */
  claims(text: string): void {
    this.server.objects.patch(PATH, { metadata: { annotations: { [annotations.holderPod]: text } } });
  }

  /** Another sign of life of whoever holds it. */
  renews(): void {
    this.server.objects.patch(PATH, { spec: { renewTime: String(this.clock.monotonic()) } });
  }

  candidate(identity: string, options: CandidateOptions = {}): Candidate {
    const one = new Candidate(this, identity, options);
    this.#candidates.push(one);
    return one;
  }

  async leader(identity: string, options: CandidateOptions = {}): Promise<Candidate> {
    const one = this.candidate(identity, options);
    await one.leads();
    return one;
  }

  /** Waits while the lease is held, and its watch is open. */
  async standby(identity: string, options: CandidateOptions = {}): Promise<Candidate> {
    const one = this.candidate(identity, options);
    await soon(() => one.watches);
    return one;
  }

  /** In small steps, in each of which all that was begun is answered. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.advance(Math.min(left, STEP_MS));
      await this.settle();
    }
  }

  /** A request leads to the next one within its own turn. */
  async settle(): Promise<void> {
    do await turn();
    while (this.#candidates.some(({ waiting }) => waiting > 0));
  }

  /** In small steps until it holds; how long that took, by the clock. */
  async passUntil(holds: () => boolean, mostMs: number): Promise<number> {
    const begun = this.clock.monotonic();
    while (!holds()) {
      if (this.clock.monotonic() - begun > mostMs) throw new Error(`not within ${mostMs} ms`);
      await this.pass(STEP_MS);
    }
    return this.clock.monotonic() - begun;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#candidates) await one.end();
    await this.server[Symbol.asyncDispose]();
  }
}

class Candidate {
  leading = false;
  reason: unknown;
  stopped = 0;
  readonly warnings: string[] = [];
  readonly election: LeaderElection;
  readonly ended: Promise<'stopped' | 'lost'>;
  readonly #made: ReturnType<typeof testTransport>;
  readonly #stop = new AbortController();

  constructor({ server, clock }: World, identity: string, options: CandidateOptions) {
    this.#made = testTransport(server.url);
    this.election = new LeaderElection({
      transport: this.#made.transport,
      namespace: 'system',
      name: 'operator',
      identity,
      pod: options.pod,
      clock,
      random: () => 0.5,
      log: { debug: () => {}, info: () => {}, warn: (_, message) => void this.warnings.push(message) },
      timings,
    });
    this.ended = this.election.run({
      signal: this.#stop.signal,
      onStartedLeading: async (leading) => {
        this.leading = true;
        await aborted(leading);
        this.reason = leading.reason;
        this.leading = false;
        await options.whenStopped?.();
      },
      onStoppedLeading: () => void this.stopped++,
    });
  }

  /** Requests that have no answer yet. */
  get waiting(): number {
    return this.#made.transport.waiting;
  }

  /** Its watch has shown all that there is. */
  get watches(): boolean {
    return this.#made.transport.bookmarks > 0;
  }

  /** Without any time passing. */
  leads(): Promise<void> {
    return soon(() => this.leading);
  }

  stop(): void {
    this.#stop.abort(new Error('stop'));
  }

  async end(): Promise<void> {
    this.stop();
    await this.ended;
    await this.#made[Symbol.asyncDispose]();
  }
}
