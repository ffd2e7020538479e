import { Recent } from '../../runtime/recent.ts';
import type { Exchange, Request } from '../http.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { UpstreamCredential } from '../provider.ts';
import { interpret, says, saysNothingThere } from './errors.ts';
import { instantOf, keysAnswer, projectSecretId, secretIdAnswer } from './wire.ts';

/** Of one role. Each that was not seen before costs a request. */
const MOST_SECRET_IDS = 256;
/** What is remembered: nothing of a secret id changes once it is issued. */
const MOST_REMEMBERED = 4_096;

interface Known {
  readonly credential: UpstreamCredential;
  readonly at: number;
}

type Ask = (request: Request) => Promise<Exchange>;

const tooMany = (count: number): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(
    `Vault secret ids: the role has ${count} of them, and the operator reads ${MOST_SECRET_IDS}; destroy those that nobody uses`,
    { reason: 'UnexpectedAnswer', retry: 'later', status: 200 },
  ),
});

/** The secret ids of roles, as one mount shows them: never their values. */
export class SecretIds {
  readonly #known = new Recent<Known>(MOST_REMEMBERED);

  /** The oldest first. */
  async of(role: Path, ask: Ask): Promise<Outcome<readonly UpstreamCredential[]>> {
    const listed = await this.#list(role, ask);
    if (listed.kind !== 'ok') return listed;
    if (listed.value.length > MOST_SECRET_IDS) return tooMany(listed.value.length);
    const found: Known[] = [];
    for (const accessor of listed.value) {
      const one = await this.#lookup(role, accessor, ask);
      if (one.kind !== 'ok') return one;
      if (one.value) found.push(one.value);
    }
    return ok(found.toSorted((a, b) => a.at - b.at).map(({ credential }) => credential));
  }

  /** `undefined`: there is none any more. */
  async lookup(role: Path, accessor: string, ask: Ask): Promise<Outcome<UpstreamCredential | undefined>> {
    const read = await this.#read(role, accessor, ask);
    return read.kind === 'ok' ? ok(read.value?.credential) : read;
  }

  async #read(role: Path, accessor: string, ask: Ask): Promise<Outcome<Known | undefined>> {
    const exchange = await ask({
      method: 'POST',
      path: path`${role}/secret-id-accessor/lookup`,
      body: JSON.stringify({ secret_id_accessor: accessor }),
    });
    const isGone =
      says(exchange, 404, 'accessor_not_found', 'nothing_there', 'role_not_found') ||
      says(exchange, 500, 'role_not_found');
    if (isGone) return ok(undefined);
    return interpret('secret id lookup', exchange, false, (json) => {
      const parsed = secretIdAnswer.safeParse(json);
      return parsed.success
        ? { credential: projectSecretId(accessor, parsed.data), at: instantOf(parsed.data) }
        : undefined;
    });
  }

  async #lookup(role: Path, accessor: string, ask: Ask): Promise<Outcome<Known | undefined>> {
    const key = `${role.pathname} ${accessor}`;
    const known = this.#known.get(key);
    if (known) return ok(known);
    const outcome = await this.#read(role, accessor, ask);
    if (outcome.kind === 'ok' && outcome.value) this.#known.set(key, outcome.value);
    return outcome;
  }

  async #list(role: Path, ask: Ask): Promise<Outcome<readonly string[]>> {
    const list = path`${role}/secret-id`.query({ list: 'true' });
    const exchange = await ask({ method: 'GET', path: list, page: true });
    if (saysNothingThere(exchange)) return ok([]);
    return interpret('secret ids', exchange, false, (json) => keysAnswer.safeParse(json).data?.data.keys);
  }
}
