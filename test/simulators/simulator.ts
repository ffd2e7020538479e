import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import type { FaultRule, FaultStatus } from './faults.ts';
import { gatewayOf } from './gateway.ts';
import type { HeldRequest, HoldOutcome } from './holds.ts';
import { startServer } from './http-server.ts';
import type { SimulatedProvider } from './provider.ts';
import type { Counters, RequestFilter, RequestRecord } from './request-log.ts';
import { Switches } from './switches.ts';

/** Random bytes: of the system, or of a test that wants the same ids again. */
export type Entropy = (size: number) => Buffer;

/** What any simulator can be started with. */
export interface SimulatorOptions<SwitchPatch> {
  /** The address to listen on. Default: loopback; a pod needs `0.0.0.0`. */
  readonly host?: string | undefined;
  /** 0, the default: one that is free. */
  readonly port?: number | undefined;
  /** `/idp`: a gateway's path prefix, below which the whole API lies. */
  readonly pathPrefix?: string | undefined;
  /** A gateway's header, asked for instead of the provider's own credentials. */
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
  /** Short for the switch of the same name. */
  readonly latencyMs?: number | undefined;
  /** How the switches stand at the start and after a reset. */
  readonly switches?: SwitchPatch | undefined;
  /** For ids, secrets and faults with a probability. Default: the system's random bytes. */
  readonly entropy?: Entropy | undefined;
  readonly clock?: Clock | undefined;
}

/** A running simulator, whatever its provider. What it shows are copies, taken at the time of the call. */
export interface RunningSimulator<SwitchPatch, Action, ActionResult, Issued> extends AsyncDisposable {
  /** Where the provider's API begins; no slash at the end. */
  readonly url: string;
  /** See README.md; control-client.ts speaks with it. */
  readonly controlUrl: string;
  requests(filter?: RequestFilter): readonly RequestRecord[];
  counters(): Counters;
  /** Every secret ever issued, of clients and of management, tokens and keys too, in the order of issue. */
  issuedSecrets(): readonly Issued[];
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void;
  faults(): readonly FaultStatus[];
  held(): readonly HeldRequest[];
  /** False when no such request is held. */
  release(id: number, outcome?: HoldOutcome): boolean;
  setSwitches(patch: SwitchPatch): void;
  act(action: Action): ActionResult;
  reset(): void;
}

interface Provider<Issued, ActionResult> extends SimulatedProvider {
  secrets(): readonly Issued[];
  act(action: unknown): ActionResult;
}

/** Where a simulator takes time, chance and the state of its switches from. */
export const sourcesOf = <T>(schema: z.ZodType<T>, options: SimulatorOptions<unknown>) => {
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  return {
    clock: options.clock ?? systemClock,
    entropy: options.entropy ?? randomBytes,
    switches: new Switches(schema, { ...(options.switches as object | undefined), ...latency }),
  };
};

/** Puts a provider on the network; disposing stops it and closes every connection. */
export const startSimulator = async <SwitchPatch, Action, ActionResult, Issued>(
  provider: Provider<Issued, ActionResult>,
  { clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy },
  options: SimulatorOptions<SwitchPatch>,
): Promise<RunningSimulator<SwitchPatch, Action, ActionResult, Issued>> => {
  const server = await startServer(provider, {
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    gateway: gatewayOf(options),
    clock,
    random: () => entropy(4).readUInt32BE(0) / 2 ** 32,
  });
  return {
    url: server.url,
    controlUrl: server.controlUrl,
    requests: (filter) => server.log.list(filter).map((record) => ({ ...record })),
    counters: () => server.log.counters(),
    issuedSecrets: () => provider.secrets(),
    setFaults: (rules) => server.faults.set(rules),
    faults: () => server.faults.list(),
    held: () => server.holds.list(),
    release: (id, outcome) => server.holds.release(id, outcome),
    setSwitches: (patch) => provider.switches.set(patch),
    act: (action) => provider.act(action),
    reset: () => server.reset(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
