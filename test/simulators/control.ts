import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { parseBody, readBytes, send } from './exchange.ts';
import type { FaultBook } from './faults.ts';
import type { Holds } from './holds.ts';
import { ControlError, type SimulatedProvider } from './provider.ts';
import type { RequestLog } from './request-log.ts';

/** Below it, at the origin's root whatever the gateway's prefix is, the control endpoint answers. */
export const CONTROL_PATH = '/_control';

/** What the control endpoint looks at and turns. */
interface Controlled {
  readonly provider: SimulatedProvider;
  readonly log: RequestLog;
  readonly faults: FaultBook;
  readonly holds: Holds;
  readonly reset: () => void;
}

type Action = (input: { readonly body: unknown; readonly query: URLSearchParams }) => unknown;

const releaseInput = z.union([
  z.strictObject({ id: z.int(), outcome: z.enum(['continue', 'drop']).default('continue') }),
  z.strictObject({ all: z.literal(true), outcome: z.enum(['continue', 'drop']).default('continue') }),
]);

const requestQuery = z.strictObject({
  after: z.coerce.number().int().optional(),
  operation: z.string().optional(),
  clientId: z.string().optional(),
});

/** Method and path (below CONTROL_PATH) → what it does; its value is the JSON answer. */
const actionsOn = ({ provider, log, faults, holds, reset }: Controlled): Record<string, Action> => ({
  'GET /state': () => ({
    provider: provider.name,
    ...provider.state(),
    secrets: provider.secrets(),
    counters: log.counters(),
    held: holds.list(),
    faults: faults.list(),
    switches: provider.switches.current,
  }),
  'GET /secrets': () => provider.secrets(),
  'GET /counters': () => log.counters(),
  'GET /requests': ({ query }) => log.list(requestQuery.parse(Object.fromEntries(query))),
  'GET /faults': () => faults.list(),
  'PUT /faults': ({ body }) => {
    faults.set(body);
    return faults.list();
  },
  'POST /faults': ({ body }) => {
    faults.add(body);
    return faults.list();
  },
  'DELETE /faults': () => {
    faults.set([]);
    return faults.list();
  },
  'GET /held': () => holds.list(),
  'POST /release': ({ body }) => {
    const input = releaseInput.parse(body);
    if ('all' in input) return { released: holds.releaseAll(input.outcome) };
    if (!holds.release(input.id, input.outcome))
      throw new ControlError(404, `no request ${input.id} is held`);
    return { released: 1 };
  },
  'GET /switches': () => provider.switches.current,
  'POST /switches': ({ body }) => {
    provider.switches.set(body);
    return provider.switches.current;
  },
  'POST /actions': ({ body }) => provider.act(body),
  'POST /reset': () => {
    reset();
    return {};
  },
});

/** Serves the control endpoint: JSON in and out, no login, nothing of it in the request log. */
export const controlHandler = (
  controlled: Controlled,
): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
  const actions = actionsOn(controlled);
  return async (request, response) => {
    const bytes = await readBytes(request);
    if (bytes === undefined) return;
    const body = parseBody(bytes, request.headers);
    const url = new URL(request.url ?? '/', 'http://control');
    const name = `${request.method} ${url.pathname.slice(CONTROL_PATH.length)}`;
    try {
      const action = actions[name];
      if (action === undefined) {
        throw new ControlError(404, `${name} is not one of: ${Object.keys(actions).join(', ')}`);
      }
      if (body.kind === 'malformed') throw new ControlError(400, 'the body is not JSON');
      if (body.kind === 'form') throw new ControlError(400, 'send JSON, with curl by --json');
      const value = body.kind === 'json' ? body.value : undefined;
      await send(response, { status: 200, body: action({ body: value, query: url.searchParams }) ?? {} });
    } catch (error) {
      await send(response, refusalOf(error));
    }
  };
};

const refusalOf = (error: unknown): { status: number; body: { error: string } } => {
  if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
  if (error instanceof z.ZodError) return { status: 400, body: { error: z.prettifyError(error) } };
  return { status: 400, body: { error: error instanceof Error ? error.message : 'unknown error' } };
};
