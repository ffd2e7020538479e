import type { Clock } from '../../../src/runtime/clock.ts';
import type { Body, Reply } from '../../simulators/provider.ts';
import { router } from '../../simulators/routing.ts';
import type { Entropy } from '../../simulators/simulator.ts';
import { StytchAccount } from '../../simulators/stytch/account.ts';
import { stytchRoutes } from '../../simulators/stytch/routes.ts';
import { stytchSwitches } from '../../simulators/stytch/switches.ts';
import { managementError } from '../../simulators/stytch/errors.ts';
import { Switches } from '../../simulators/switches.ts';
import type { WireRequest } from './exchange.ts';

/** Nobody reads the tokens, and a real signature would cost more than the schedule. */
const key = { sign: () => Promise.resolve('token'), publicJwk: () => Promise.resolve({}) };

const bodyOf = ({ body, headers }: WireRequest): Body => {
  if (body === undefined || body === '') return { kind: 'none' };
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return { kind: 'form', value: new URLSearchParams(body) };
  return { kind: 'json', value: JSON.parse(body) as unknown };
};

/** The Stytch simulator's account and routes, without its HTTP server. */
export class MemoryStytch {
  readonly account: StytchAccount;
  readonly switches = new Switches(stytchSwitches, {});
  readonly #match;

  constructor(clock: Clock, entropy: Entropy) {
    this.account = new StytchAccount({ clock, entropy, switches: this.switches });
    this.#match = router(stytchRoutes(() => this.account, key));
  }

  /** What it changes is changed when this returns. */
  handle(request: WireRequest): Reply | Promise<Reply> {
    const [path = '', query] = request.path.split('?', 2);
    const found = this.#match(request.method, path);
    if (found.kind !== 'route') return this.refuse(404);
    const { route, params } = found;
    const { headers } = request;
    return route.handle({
      operation: route.operation,
      params,
      query: new URLSearchParams(query),
      headers,
      body: bodyOf(request),
      address: '127.0.0.1',
      vouchedFor: false,
    });
  }

  refuse(status: number): Reply {
    const type =
      status === 404 ? 'route_not_found' : status === 429 ? 'too_many_requests' : 'internal_server_error';
    return managementError(status, type, this.account.requestId());
  }
}
