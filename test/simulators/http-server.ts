import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, sleep } from '../../src/runtime/clock.ts';
import { CONTROL_PATH, controlHandler } from './control.ts';
import { deliver, drop, parseBody, readBytes, asErrorsAre } from './exchange.ts';
import { carryOutFaulted } from './fault-effects.ts';
import { FaultBook } from './faults.ts';
import { type Gateway, passGateway, withoutPrefix } from './gateway.ts';
import { Holds } from './holds.ts';
import { type Body, type Call, NoAnswer, type Reply, type SimulatedProvider } from './provider.ts';
import { RequestLog, type RequestRecord } from './request-log.ts';
import { RateLimit } from './rate-limit.ts';
import { type Match, router } from './routing.ts';

interface ServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** For faults with a probability. */
  readonly random: () => number;
}

/** A provider, listening. */
interface SimulatorServer extends AsyncDisposable {
  /** Where the provider's API begins, with the gateway's path prefix and without a slash at the end. */
  readonly url: string;
  readonly controlUrl: string;
  readonly log: RequestLog;
  readonly faults: FaultBook;
  readonly holds: Holds;
  /** Back to how it was when it started: state, switches, log, counters; no faults; what was held is dropped. */
  reset(): void;
}

/** Longer than any test is idle: a connection that we close while the caller takes it up again looks like a fault. */
const KEEP_ALIVE_MS = 120_000;

/** `unknown` stands for requests that no route takes. */
const operationsOf = (provider: SimulatedProvider): string[] => [
  ...new Set([...provider.routes.map((route) => route.operation), 'unknown']),
];

export const startServer = async (
  provider: SimulatedProvider,
  options: ServerOptions,
): Promise<SimulatorServer> => {
  const { clock, gateway } = options;
  const operations = operationsOf(provider);
  const log = new RequestLog(clock, operations);
  const faults = new FaultBook(operations, options.random);
  const holds = new Holds();
  const rate = new RateLimit(clock, 60_000);
  const listRate = new RateLimit(clock, 1_000);
  const match = router(provider.routes);

  const reset = (): void => {
    holds.releaseAll('drop');
    faults.set([]);
    log.clear();
    rate.clear();
    listRate.clear();
    provider.reset();
  };
  const control = controlHandler({ provider, log, faults, holds, reset });

  const serveProvider = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await readBytes(request);
    if (bytes === undefined) return;
    const arrival = { request, bytes, body: parseBody(bytes, request.headers), path: pathOf(request) };
    const inner = withoutPrefix(gateway, arrival.path);
    const found: Match = inner === undefined ? { kind: 'not-found' } : match(request.method ?? '', inner);
    const call = callOf(found, arrival);
    const record = log.begin(arrivalRecord(provider, found, call, arrival));
    const halfLatency = provider.switches.current.latencyMs / 2;
    const pause = (): Promise<void> => (halfLatency > 0 ? sleep(clock, halfLatency) : Promise.resolve());

    const commit = async (): Promise<Reply> => {
      const reply = asErrorsAre(provider, await answerOf(provider, gateway, found, call, arrival));
      record.requestId = reply.requestId ?? null;
      if (reply.status < 400) log.commit(record);
      await pause();
      return reply;
    };

    const { rateLimit, listRateLimit } = provider.switches.current;
    const admitted =
      rate.admits(rateLimit) && (call.operation !== provider.listOperation || listRate.admits(listRateLimit));
    await pause();
    if (!admitted) {
      const refusal = provider.failure(record.operation, 429);
      await deliver(record, response, asErrorsAre(provider, refusal));
      record.durationMs = clock.now() - record.at;
      return;
    }
    const fault = faults.pick(record.operation, record.clientId);
    if (fault === undefined) {
      await deliver(record, response, await commit());
    } else {
      record.fault = fault.fault;
      await carryOutFaulted(fault, { provider, record, response, holds, clock, commit });
    }
    record.durationMs = clock.now() - record.at;
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const serve = pathOf(request).startsWith(`${CONTROL_PATH}/`) ? control : serveProvider;
    serve(request, response).catch((error: unknown) => {
      // A defect of the simulator: the caller must not wait for ever, and the author must see it.
      if (!(error instanceof NoAnswer)) console.error(error);
      drop(response);
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: origin + gateway.pathPrefix,
    controlUrl: origin + CONTROL_PATH,
    log,
    faults,
    holds,
    reset,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      holds.releaseAll('drop');
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

interface Arrival {
  readonly request: IncomingMessage;
  readonly bytes: Buffer;
  readonly body: Body;
  readonly path: string;
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';

const queryOf = ({ url = '/' }: IncomingMessage): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

const callOf = (found: Match, { request, body }: Arrival): Call => ({
  operation: found.kind === 'route' ? found.route.operation : 'unknown',
  params: found.kind === 'route' ? found.params : {},
  query: queryOf(request),
  headers: request.headers,
  body,
  address: request.socket.remoteAddress ?? '',
  vouchedFor: false,
});

const arrivalRecord = (
  provider: SimulatedProvider,
  found: Match,
  call: Call,
  { request, body, path }: Arrival,
): Parameters<RequestLog['begin']>[0] => {
  const subject = found.kind === 'route' ? found.route.subject?.(call) : undefined;
  return {
    operation: call.operation,
    method: request.method ?? '',
    path,
    clientId: subject ?? call.params.client_id ?? null,
    authorization: request.headers.authorization?.split(' ', 1)[0] ?? null,
    userAgent: request.headers['user-agent'] ?? null,
    body: loggableBody(body, provider.secretFields),
  };
};

const loggableBody = (body: Body, secretFields: readonly string[]): RequestRecord['body'] => {
  if (body.kind === 'none' || body.kind === 'malformed') return null;
  return masked(body.kind === 'form' ? Object.fromEntries(body.value) : body.value, secretFields);
};

/** At any depth: Keycloak keeps the secret that it is about to end among the attributes of a client. */
const masked = (value: unknown, secretFields: readonly string[]): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => masked(one, secretFields));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      secretFields.includes(name) ? '[secret]' : masked(one, secretFields),
    ]),
  );
};

const answerOf = async (
  provider: SimulatedProvider,
  gateway: Gateway,
  found: Match,
  call: Call,
  { request, bytes }: Arrival,
): Promise<Reply> => {
  if (provider.passOn) {
    const { method = '', url = '/', headers } = request;
    return provider.passOn({ method, target: url.slice(gateway.pathPrefix.length), headers, body: bytes });
  }
  if (found.kind === 'not-found') return provider.failure(undefined, 404, 'route_not_found');
  if (found.kind === 'method-not-allowed') return provider.failure(undefined, 405, 'method_not_allowed');
  const { route } = found;
  const passed = passGateway(gateway, provider.switches.current, { ...call, access: route.access });
  return passed.refused ?? route.handle({ ...call, vouchedFor: passed.vouchedFor });
};
