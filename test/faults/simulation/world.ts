import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Reply } from '../../simulators/provider.ts';
import { asError } from '../../../src/runtime/errors.ts';
import { Admission } from './admission.ts';
import { Agenda } from './agenda.ts';
import type { ApiAnswer, CustomResourceDefinition, Snapshot } from './api-server/api.ts';
import { Chance } from './chance.ts';
import { Coverage } from './coverage.ts';
import { Cluster } from './cluster.ts';
import type { WireRequest } from './exchange.ts';
import { Defences } from './defences.ts';
import { DefinitionController } from './definition-controller.ts';
import { Findings } from './findings.ts';
import { Fleet } from './fleet.ts';
import { furnish } from './furnish.ts';
import { NamespaceController } from './namespace-controller.ts';
import { Observer } from './observer.ts';
import { mustSayRefused } from './refusal-check.ts';
import { Replica } from './replica.ts';
import { isRival, Rival } from './rival.ts';
import { type Actor, outsiders, type Scene } from './scene.ts';
import { EPOCH, namespacesOf, type Schedule, type Target } from './schedule.ts';
import type { Timeline } from './timeline.ts';
import type { StoredProvider } from './truth.ts';
import { openUpstream } from './upstreams/catalogue.ts';
import { isWrite, type Upstream, type UpstreamCall, listsNames } from './upstreams/upstream.ts';
import { Weather } from './weather.ts';
import { Wire, type Sender, type Sent } from './wire.ts';

const CRDS = join(import.meta.dirname, '../../../crds');
const crds = readdirSync(CRDS)
  .filter((file) => file.endsWith('.yaml'))
  .toSorted()
  .map((file) => parse(readFileSync(join(CRDS, file), 'utf8')) as CustomResourceDefinition);

const RESTART_MS = 2_000;

/** What operators did since the last look. */
export interface Deeds {
  kubeWrites: string[];
  upstreamWrites: string[];
  /** Of what is at rest: not of orphans. */
  looks: string[];
}

/** One cluster, one provider account, and the operators between the two: all of it in this process and in its own time. */
export class World {
  readonly schedule: Schedule;
  readonly agenda = new Agenda();
  readonly cluster: Cluster;
  readonly upstream: Upstream;
  readonly weather: Weather;
  readonly admission: Admission;
  readonly wire: Wire;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly observer: Observer;
  readonly fleet: Fleet;
  readonly namespaceController: NamespaceController;
  readonly definition: DefinitionController;
  readonly rival: Rival;
  readonly timeline: Timeline;
  readonly defences: Defences;
  readonly replicas = new Map<string, Replica>();
  readonly snapshots: { readonly at: number; readonly snapshot: Snapshot }[] = [];
  readonly #turns = new Map<string, number>();
  readonly #offsets = new Map<string, number>();
  readonly #restarts = new Set<string>();
  /** Bytes, for a schedule says more than the collector should carry along. */
  readonly #lines: Buffer[] = [];
  deeds: Deeds = { kubeWrites: [], upstreamWrites: [], looks: [] };

  constructor(schedule: Schedule, timeline: Timeline) {
    const { seed, settings } = schedule;
    this.schedule = schedule;
    this.timeline = timeline;
    const now = (): number => Math.floor(EPOCH + this.agenda.now);
    const provider = schedule.provider ?? 'stytch';
    const entropy = new Chance(seed, provider);
    this.cluster = this.newCluster('api server');
    this.upstream = openUpstream[provider](
      { now, monotonic: () => this.agenda.now, timer: (ms, fire) => this.agenda.after(ms, fire) },
      (size) => entropy.bytes(size),
    );
    this.defences = new Defences(settings.without ?? [], this.agenda);
    this.weather = new Weather(this.agenda, settings);
    this.findings = new Findings(() => this.agenda.now);
    this.coverage = new Coverage((request) => this.upstream.read(request));
    this.admission = new Admission(this.agenda);
    this.observer = new Observer(this.#scene(), this.findings);
    this.namespaceController = new NamespaceController(this.agenda, this.cluster.server);
    this.definition = new DefinitionController(this.agenda, this.cluster, this.observer.definitions);
    this.fleet = new Fleet(seed, this.agenda, this.cluster, this.observer.prober);
    this.wire = new Wire(seed, this.agenda, this.weather, this.#servers(), {
      left: (sent) => {
        this.coverage.sent(sent);
        this.observer.left(sent);
      },
      note: (sent, text) => {
        this.coverage.noted(sent, text);
        this.timeline.message(this.agenda.now, sent, text);
      },
    });
    this.cluster.onChange = (change, actor) => {
      this.timeline.change(this.agenda.now, change, actor);
      this.observer.changed(change, actor);
      this.defences.changed(change);
      this.fleet.changed(change);
      if (change.resource === 'namespaces') this.namespaceController.wake();
    };
    this.rival = new Rival(this);
    const met = (fault: string): void => this.findings.count(`met: ${fault}`);
    this.weather.onMet = met;
    this.admission.onMet = met;
    this.admission.onOver = (tried) => mustSayRefused(this, tried);
    furnish(this);
  }

  /** An API server without anything; its chance is its own. */
  newCluster(name: string): Cluster {
    const now = (): number => Math.floor(EPOCH + this.agenda.now);
    return new Cluster({ now, random: new Chance(this.schedule.seed, name).next, crds });
  }

  /** Everything that is due by then, one thing at a time. */
  run(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // What a thing sets off in this process, microtasks and ticks, has ended when its next turn comes.
      const turn = (): void => {
        try {
          if (this.agenda.step(until)) setImmediate(turn);
          else resolve();
        } catch (error) {
          reject(asError(error));
        }
      };
      setImmediate(turn);
    });
  }

  startReplica(place: string): void {
    const turn = (this.#turns.get(place) ?? 0) + 1;
    this.#turns.set(place, turn);
    const replica = new Replica({
      seed: this.schedule.seed,
      place,
      turn,
      offsetMs: this.#offsets.get(place) ?? 0,
      elects: this.schedule.settings.replicas > 1 && this.defences.has('leader'),
      agenda: this.agenda,
      wire: this.wire,
      onLine: (from, line) => this.line(from, line),
      onEnd: (ended, error) => {
        this.timeline.say(
          this.agenda.now,
          `${ended.name} ends${error instanceof Error ? `: ${error.message}` : ''}`,
        );
        this.observer.reports.processEnded();
        this.restartLater(place, RESTART_MS);
      },
    });
    this.replicas.set(place, replica);
    this.timeline.say(this.agenda.now, `${replica.name} starts`);
    this.observer.ledger.started.set(replica.name, this.agenda.now);
    replica.start();
  }

  killReplica(place: string): void {
    const replica = this.replicas.get(place);
    if (!replica?.alive) return;
    this.coverage.killed(replica);
    replica.kill();
    this.observer.reports.processEnded();
    this.timeline.say(this.agenda.now, `${replica.name} is killed`);
  }

  restartLater(place: string, ms: number): void {
    if (this.#restarts.has(place)) return;
    this.#restarts.add(place);
    this.agenda.after(ms, () => {
      this.#restarts.delete(place);
      if (this.replicas.get(place)?.alive !== true) this.startReplica(place);
    });
  }

  /** The wall clock of a place jumps; it stays so for the processes that come after. */
  setClock(place: string, offsetMs: number): void {
    if (offsetMs !== 0) this.observer.ledger.clockSet = true;
    const { formerClocks } = this.observer.ledger;
    formerClocks.set(place, { offsetMs: this.clockOf(place), until: this.agenda.now });
    this.#offsets.set(place, offsetMs);
    const replica = this.replicas.get(place);
    if (replica) replica.clock.offsetMs = offsetMs;
  }

  clockOf(place: string): number {
    return this.#offsets.get(place) ?? 0;
  }

  /** What the operators said, for the search for secrets. */
  get said(): Buffer {
    return Buffer.concat(this.#lines);
  }

  /** Those of our account. */
  providers(): readonly StoredProvider[] {
    return this.cluster.server.objects('identityproviders');
  }

  /** The Secret with which the operator logs in, as the provider has it now. */
  giveCredential(): void {
    const stringData = { secret: this.upstream.login };
    for (const cluster of [this.cluster, this.rival.cluster])
      for (const namespace of namespacesOf(this.schedule))
        cluster?.patch('secrets', `${this.upstream.name}-management`, { stringData }, namespace);
  }

  #scene(): Scene {
    const { agenda, cluster, upstream, replicas, weather } = this;
    return {
      get now() {
        return agenda.now;
      },
      upstream,
      listsWhole: !listsNames(this),
      get onlySlow() {
        return weather.onlySlow;
      },
      get watchLagMs() {
        return weather.worstLagOf('machineclients');
      },
      // Of a process that has ended, too: what it sent may come late.
      wallClock: (name?: string) => {
        const present = EPOCH + agenda.now;
        if (name !== undefined) return present + this.clockOf(name.charAt(0));
        const living = [...replicas.values()].filter(({ alive }) => alive);
        return Math.max(present, ...living.map(({ clock }) => clock.now()));
      },
      machineClient: (key: string) => cluster.machineClient(key),
      rivalOf: (key: string) => this.rival.cluster?.machineClient(key),
      secretsOf: (key: string) => cluster.secretsOf(key),
      workloads: () => cluster.workloads(),
    };
  }

  #servers() {
    return {
      api: (request: WireRequest, sender: Sender) => {
        if (isRival(sender.name)) return this.rival.handle(request, sender.name);
        this.#noteKube(request, sender.name);
        return (
          this.admission.refusal(request, sender.name) ??
          this.defences.stale(request) ??
          this.cluster.handle(this.defences.taken(request), sender.name)
        );
      },
      upstream: (request: WireRequest, _: Sender, sent: Sent): ApiAnswer | Promise<ApiAnswer> => {
        this.#noteUpstream(request, this.upstream.read(request));
        const reply = this.observer.upstream(sent, () => this.upstream.handle(request));
        return reply instanceof Promise ? reply.then(answerOf) : answerOf(reply);
      },
      refusal: (target: Target, status: number): ApiAnswer => {
        const retryAfter = status === 429 || status === 503 ? { 'retry-after': '1' } : {};
        if (target === 'upstream') {
          const answer = answerOf(this.upstream.refuse(status));
          return { ...answer, headers: { ...answer.headers, ...retryAfter } };
        }
        const reason = status === 429 ? 'TooManyRequests' : 'ServiceUnavailable';
        const body = {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          reason,
          code: status,
        };
        return {
          status,
          headers: { 'content-type': 'application/json', ...retryAfter },
          body: JSON.stringify(body),
        };
      },
    };
  }

  #noteUpstream({ method, path }: WireRequest, call: UpstreamCall): void {
    const text = `${method} ${path.split('?', 1)[0] ?? ''}`;
    const owner = this.upstream.client(call.clientId)?.mark?.owner;
    if (isWrite(call)) this.deeds.upstreamWrites.push(text);
    else if (call.kind === 'proof') this.deeds.looks.push(text);
    else if (call.kind === 'look' && owner !== undefined && this.cluster.machineClient(owner))
      this.deeds.looks.push(text);
  }

  /** I6 in what is sent, and what counts as a write. */
  #noteKube({ method, path, body }: WireRequest, actor: Actor): void {
    if (method === 'GET' || path.includes('/leases')) return;
    // Whoever starts names what is still dated in the future since a clock was set.
    const isSkew = this.observer.ledger.clockSet && body?.includes('"reason":"ClockSkew"') === true;
    if (!isSkew) this.deeds.kubeWrites.push(`${actor} ${method} ${path}`);
    if (body === undefined || outsiders.includes(actor)) return;
    const shown = path.includes('/secrets') ? withoutData(body) : body;
    for (const value of this.upstream.issued())
      if (shown.includes(value))
        this.findings.violation('I6', `${actor} sends a secret in ${method} ${path}`);
  }

  /** What an operator says, for the search for secrets. */
  line(replica: Replica, line: string): void {
    this.#lines.push(Buffer.from(line));
    this.coverage.line(replica, line);
    this.timeline.line(this.agenda.now, replica.name, line);
  }
}

const answerOf = ({ status, body, headers }: Reply): ApiAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
});

const withoutData = (body: string): string => {
  const { data: _, stringData: __, ...shown } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(shown);
};
