import type { Secret } from '../../runtime/secret.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path } from '../path.ts';
import {
  type Call,
  type Minted,
  type NewCredential,
  noOverlap,
  type StagedCalls,
  type UpstreamClient,
  type Wish,
} from '../provider.ts';
import { type ClientApi, type Found, rejected } from './client-api.ts';
import { done } from './errors.ts';
import { isBound, isExpired, replaceBody, secretNames, stageBody, turnBody, valuesIn } from './secrets.ts';
import { bearsSecret, project } from './wire.ts';

/** What the secrets of a client are made with. */
export interface Making {
  readonly now: () => number;
  readonly newSecret: (
    wish: Wish,
    operation: string | undefined,
  ) => { readonly id: string; readonly value: Secret };
}

const noneRotated = {
  [secretNames.rotated]: undefined,
  [secretNames.rotatedSince]: undefined,
  [secretNames.rotatedEnds]: undefined,
};

const unclear = (what: string): Outcome<never> => ({
  kind: 'unknown',
  error: new ProviderError(`Keycloak secret write: ${what}`, {
    reason: 'UnexpectedAnswer',
    retry: 'soon',
    status: 204,
  }),
});

/** The answer is definite: it shows a client that no policy binds, and without the secret. */
const dropped: Outcome<never> = {
  kind: 'rejected',
  error: new ProviderError(
    'Keycloak secret write: no rotation policy binds the client, so no new secret can stand beside the one in use; bind one to clients with the attribute machine-client.dev/managed, or set spec.rotation.method to Replace if programs may be refused until they read the new one, or make another MachineClient with spec.credential.type KeyPair',
    { reason: 'RejectedByProvider', retry: 'later', status: 204, errorType: noOverlap },
  ),
};

/** The two secrets of a client of ours: each write is made from a live read, and read back. */
export class Staging implements StagedCalls {
  readonly #api: ClientApi;
  readonly #making: Making;

  constructor(api: ClientApi, making: Making) {
    this.#api = api;
    this.#making = making;
  }

  async read(
    { id }: UpstreamClient,
    credentialId: string,
    call: Call,
  ): Promise<Outcome<NewCredential | undefined>> {
    const found = await this.#api.find('get', id, call);
    if (found.kind !== 'ok') return found;
    const { current, rotated } = valuesIn(found.value?.json);
    const one = [current, rotated].find((valued) => valued?.id === credentialId);
    return ok(one && { id: one.id, values: { ClientSecret: one.value } });
  }

  /**
   * Beside the current one: where no policy of the realm binds the client, Keycloak drops it again, and nothing else happens. A
   * client that is older than its policy is bound by this very change, so nothing tells before. In the place of the current one
   * where that has ended, for nobody can log in with it; and where nothing can stand beside it and the spec says Replace.
   */
  async mint(wish: Wish, { id }: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const found = await this.#present(id, call);
    if (found.kind !== 'ok') return found;
    const { wire, json } = found.value;
    const times = wire.attributes ?? {};
    const { current, rotated } = valuesIn(json);
    const now = this.#making.now();
    const ended = current === undefined || isExpired(times, now);
    const replaces = ended || (!isBound(times) && wish.spec.rotation.method === 'Replace');
    if (!replaces && rotated && rotated.id !== current?.id)
      return rejected('secret write', 'the client has a rotated secret by now; it is looked at again');
    const { id: made, value } = this.#making.newSecret(wish, call.operation);
    const body = replaces ? replaceBody(value, times, now) : stageBody(value, times, now);
    const written = await this.#write(found.value, body, call);
    if (written.kind !== 'ok') return written;
    const client = project(written.value.wire);
    const there = client.credentials.find((credential) => credential.id === made);
    if (there?.position === (replaces ? 'current' : 'rotated')) {
      const previous = replaces ? undefined : current?.id;
      return ok({ client, credential: { id: made, values: { ClientSecret: value }, previous } });
    }
    return replaces || isBound(written.value.wire.attributes ?? {})
      ? unclear('the new secret is not shown where it was written; the client is looked at again')
      : dropped;
  }

  async turn(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const found = await this.#present(client.id, call);
    if (found.kind !== 'ok') return found;
    const { wire, json } = found.value;
    const { current, rotated } = valuesIn(json);
    if (current?.id === credentialId) return ok(project(wire));
    const expected = client.credentials.find(({ position }) => position === 'current')?.id;
    if (!current || !rotated || rotated.id !== credentialId || current.id !== expected)
      return rejected('secret write', 'the client has other secrets by now; it is looked at again');
    const body = turnBody(current.value, rotated.value, wire.attributes ?? {}, this.#making.now());
    const written = await this.#write(found.value, body, call);
    return written.kind === 'ok' ? { ...written, value: project(written.value.wire) } : written;
  }

  async drop(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const found = await this.#present(client.id, call);
    if (found.kind !== 'ok') return found;
    const { wire } = found.value;
    const present = project(wire);
    const rotated = present.credentials.find(({ position }) => position === 'rotated');
    if (rotated?.id !== credentialId) return ok(present);
    const at = path`${found.value.at}/client-secret/rotated`;
    const outcome = done('secret write', await this.#api.write('DELETE', at, undefined, call));
    const attributes = wire.attributes && { ...wire.attributes, ...noneRotated };
    return outcome.kind === 'ok' ? { ...outcome, value: project({ ...wire, attributes }) } : outcome;
  }

  async #present(id: string, call: Call): Promise<Outcome<Found>> {
    const found = await this.#api.present('secret write', id, call);
    return found.kind === 'ok' && !bearsSecret(found.value.wire)
      ? rejected(
          'secret write',
          'the client has keys and no secret: spec.credential.type of a client cannot be changed; make another MachineClient',
          'later',
        )
      : found;
  }

  /** A change of a client whose secret has ended rotates by itself, and one without a policy drops what it does not bear. */
  async #write(found: Found, body: Readonly<Record<string, unknown>>, call: Call): Promise<Outcome<Found>> {
    const outcome = done('secret write', await this.#api.write('PUT', found.at, body, call));
    if (outcome.kind !== 'ok') return outcome;
    // A read: it writes nothing that could arrive late, so it may leave after the last moment for a write.
    const back = await this.#api.find('get', found.wire.clientId, { ...call, leaveBy: undefined });
    return back.kind === 'ok' && back.value
      ? ok(back.value)
      : unclear('the client could not be read after it was written');
  }
}
