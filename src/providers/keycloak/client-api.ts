import type { Exchange, Request } from '../http.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { Call, UpstreamClient } from '../provider.ts';
import { done, interpret, type Operation } from './errors.ts';
import { type Entry, formatKeySet } from './key-set.ts';
import type { Session } from './login.ts';
import { type Scopes, scopesByName } from './scopes.ts';
import { attributeNames, clientsAnswer, clientWire, type ClientWire, project, scopesAnswer } from './wire.ts';

/** A client as one answer shows it. `at`: its path, for a write. */
export interface Found {
  readonly wire: ClientWire;
  readonly at: Path;
  /** As it came, for the call alone. */
  readonly json: unknown;
}

export const rejected = (
  operation: Operation,
  what: string,
  retry: 'soon' | 'later' = 'soon',
): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Keycloak ${operation}: ${what}`, {
    reason: 'RejectedByProvider',
    retry,
    status: 0,
  }),
});

export const clientIdOf = (item: unknown): string | undefined => {
  const id: unknown =
    typeof item === 'object' && item !== null && Object.hasOwn(item, 'clientId')
      ? (item as { clientId: unknown }).clientId
      : undefined;
  return typeof id === 'string' ? id : undefined;
};

const unreadable = (operation: Operation): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Keycloak ${operation}: the client cannot be read`, {
    reason: 'UnexpectedAnswer',
    retry: 'soon',
    status: 200,
  }),
});

/** The requests that concern one client, by the id that everybody knows it by: Keycloak's own id is looked up for each. */
export class ClientApi {
  readonly #session: Session;
  readonly #admin: Path;

  /** `admin`: where the realm is administrated. */
  constructor(session: Session, admin: Path) {
    this.#session = session;
    this.#admin = admin;
  }

  clients(): Path {
    return path`${this.#admin}/clients`;
  }

  /** By its client id, which is what everybody knows it by. */
  async find(operation: Operation, id: string, call: Call): Promise<Outcome<Found | undefined>> {
    const one = this.clients().query({ clientId: id, max: '2' });
    const exchange = await this.send({ method: 'GET', path: one }, call);
    const answered = interpret(operation, exchange, false, (json) => clientsAnswer.safeParse(json).data);
    if (answered.kind !== 'ok') return answered;
    const json = answered.value.find((item) => clientIdOf(item) === id);
    if (json === undefined) return ok(undefined);
    const wire = clientWire.safeParse(json).data;
    return wire ? ok({ wire, at: path`${this.clients()}/${wire.id}`, json }) : unreadable(operation);
  }

  /** Before a write: nothing was done where it is not there, or could not be read. */
  async present(operation: Operation, id: string, call: Call): Promise<Outcome<Found>> {
    const found = await this.find(operation, id, call);
    if (found.kind !== 'ok') return { kind: 'rejected', error: found.error };
    return found.value ? ok(found.value) : rejected(operation, 'there is no such client any more');
  }

  async put(
    operation: Operation,
    { wire, at }: Found,
    body: Readonly<Record<string, unknown>>,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    const outcome = done(operation, await this.write('PUT', at, body, call));
    if (outcome.kind !== 'ok') return outcome;
    const attributes = { ...wire.attributes, ...(body.attributes as object) };
    return { ...outcome, value: project(clientWire.parse({ ...wire, ...body, attributes })) };
  }

  writeKeySet(found: Found, entries: readonly Entry[], call: Call): Promise<Outcome<UpstreamClient>> {
    const attributes = { [attributeNames.keySet]: formatKeySet(entries) };
    return this.put('key set write', found, { attributes }, call);
  }

  /** Before a write: nothing was done where they could not be read. */
  async scopes(call: Call): Promise<Outcome<Scopes>> {
    const exchange = await this.send(
      { method: 'GET', path: path`${this.#admin}/client-scopes`, page: true },
      call,
    );
    const outcome = interpret('scopes', exchange, false, (json) => scopesAnswer.safeParse(json).data);
    return outcome.kind === 'ok'
      ? ok(scopesByName(outcome.value))
      : { kind: 'rejected', error: outcome.error };
  }

  write(
    method: 'POST' | 'PUT' | 'DELETE',
    to: Path,
    body: Readonly<Record<string, unknown>> | undefined,
    call: Call,
  ): Promise<Exchange> {
    return this.send({ method, path: to, ...(body && { body: JSON.stringify(body) }) }, call);
  }

  send(request: Request, call: Call): Promise<Exchange> {
    return this.#session.send(request, call);
  }
}
