import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'undici';
import {
  type Call,
  ControlError,
  NoAnswer,
  type Reply,
  type Route,
  type SimulatedProvider,
  type WireRequest,
} from '../simulators/provider.ts';
import {
  type RunningSimulator,
  type SimulatorOptions,
  sourcesOf,
  startSimulator,
} from '../simulators/simulator.ts';
import { serverSwitches, type ServerSwitches } from '../simulators/switches.ts';
import { SeenSecrets } from './seen-secrets.ts';

/** A call of a real server's API: what fault rules and the request log name it. */
export interface NamedCall {
  readonly operation: string;
  readonly method: string;
  /** `/v1/things/:client_id`: a segment that begins with a colon is a parameter; `client_id` is whom the call is about. */
  readonly path: string;
  /** Whom the call is about, where the path does not say it. */
  subject?(call: Call): string | undefined;
}

/** What a proxy has to know of the API of a real server. */
export interface ProxiedApi {
  readonly name: string;
  readonly calls: readonly NamedCall[];
  /** The operation that lists clients. */
  readonly listOperation?: string;
  /** Names of body fields, at any depth, that are not written to the request log. */
  readonly secretFields: readonly string[];
  /** Names of fields of requests and answers, at any depth, whose texts nobody else may see. */
  readonly issuedFields: readonly string[];
  /** An error in the shape of the server, for faults that answer in its place. */
  failure(operation: string | undefined, status: number, errorType?: string): Reply;
}

/** A secret that has passed. Whether it works, the server alone knows. */
interface SeenSecret {
  readonly value: string;
}

/** A real server, as a simulator looks from outside. Its console is its own. */
export interface FaultProxy
  extends Omit<RunningSimulator<Partial<ServerSwitches>, never, never, SeenSecret>, 'act'> {
  /** Does what takes several requests past the proxy, while none is with the server behind: others wait. One at a time. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** A request that the server behind has answered. */
export interface Passed {
  readonly method: string;
  /** Its path and query. */
  readonly target: string;
  readonly request: string;
  readonly status: number;
  /** Of the answer. */
  readonly headers: IncomingHttpHeaders;
  readonly answer: string;
}

interface ProxyOptions extends SimulatorOptions<Partial<ServerSwitches>> {
  /** Told of each when the server behind has done it, before anybody else hears of it. */
  readonly onPassed?: (passed: Passed) => void;
}

/** What belongs to one connection, and what the body's new way of being sent makes untrue. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

const passedOn = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_THE_CONNECTION.has(name)
        ? []
        : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

/**
 * Stands in front of a real server on loopback and does to its callers what a simulator does to its own: the same
 * server, fault rules, request log, switches and control endpoint (test/simulators/README.md), with another at work
 * behind them. A call has been committed when the server behind has answered it with less than 400.
 *
 *   caller ──► fault before the work ──► the real server ──► fault after the work ──► caller
 *
 * The server behind sees the Host header of the caller, so that addresses in its answers lead through the proxy too, and
 * so that tokens that were asked for here are good here.
 * Methods that Node's HTTP server does not know (Vault's LIST) cannot pass.
 */
export const startFaultProxy = async (
  api: ProxiedApi,
  /** Where the server listens: an origin, without a path. */
  target: string,
  options: ProxyOptions = {},
): Promise<FaultProxy> => {
  const agent = new Agent();
  const issued = new SeenSecrets(api.issuedFields);
  const underWay = new Set<Promise<unknown>>();
  let others: Promise<void> | undefined;
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    while (others) await others;
    const { promise, resolve } = Promise.withResolvers<void>();
    others = promise;
    try {
      await Promise.allSettled(underWay);
      return await work();
    } finally {
      others = undefined;
      resolve();
    }
  };
  const passOn = async (wire: WireRequest): Promise<Reply> => {
    while (others) await others;
    const passing = pass(wire);
    underWay.add(passing);
    return await passing.finally(() => underWay.delete(passing));
  };
  const pass = async (wire: WireRequest): Promise<Reply> => {
    // A compressed body could not be cut and logged as a text.
    const { 'accept-encoding': _, ...headers } = passedOn(wire.headers);
    // Before it is sent: the server behind may do it and give no answer.
    issued.read(wire.body.toString('utf8'));
    try {
      const answer = await request(target + wire.target, {
        // undici sends any method, and declares those that it knows.
        method: wire.method as 'GET',
        headers,
        body: wire.body.length === 0 ? null : wire.body,
        dispatcher: agent,
      });
      const text = await answer.body.text();
      issued.read(text);
      const { method, target: to } = wire;
      const { statusCode: status, headers: answered } = answer;
      const asked = wire.body.toString('utf8');
      options.onPassed?.({ method, target: to, request: asked, status, headers: answered, answer: text });
      return {
        status,
        headers: passedOn(answered),
        body: text === '' ? undefined : text,
      };
    } catch (error) {
      throw new NoAnswer(`${api.name} does not answer`, { cause: error });
    }
  };
  const routes = api.calls.map(
    (call): Route => ({
      ...call,
      access: 'management',
      handle: () => {
        throw new Error('the server behind answers');
      },
    }),
  );
  const { clock, entropy, switches } = sourcesOf(serverSwitches, options);
  const provider = {
    ...api,
    routes,
    passOn,
    switches,
    state: () => ({}),
    secrets: () => issued.list(),
    act: () => {
      throw new ControlError(404, `${api.name} is a real server: what is done in its console is done there`);
    },
    reset: () => {
      switches.reset();
      issued.clear();
    },
  } satisfies SimulatedProvider;
  const running = await startSimulator<Partial<ServerSwitches>, never, never, SeenSecret>(
    provider,
    { clock, entropy },
    options,
  );
  return {
    ...running,
    alone,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await agent.destroy();
    },
  };
};
