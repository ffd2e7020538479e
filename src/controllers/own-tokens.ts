import type { Provider } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { inFull, KubeError } from '../kube/errors.ts';
import { ownServiceAccount, requestToken, type ServiceAccountRef } from '../kube/service-account.ts';
import type { OwnToken } from '../providers/module.ts';
import { ok, type Outcome, ProviderError } from '../providers/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import { OperatorError } from '../runtime/errors.ts';
import type { Secret } from '../runtime/secret.ts';

/** A new one is asked for after so much of its life, so that who checks it has the rest. */
const RENEW_AFTER = 2 / 3;

interface Held {
  readonly token: Secret;
  /** Monotonic. */
  readonly renewAt: number;
}

const notIssued = (audience: string, why: string, cause?: KubeError): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(
    `a token for the audience ${audience}: ${why}`,
    { reason: 'TokenNotIssued', retry: 'soon', status: 0 },
    { cause },
  ),
});

/**
 * Tokens of the operator's own ServiceAccount, for those audiences alone that its setting names. What is asked for is for
 * exactly one audience, so whoever is sent it can do nothing with it at anybody else's, the API server first of all.
 */
export class OwnTokens {
  readonly #kube: KubeClient;
  readonly #clock: Clock;
  readonly #audiences: readonly string[];
  readonly #account: ServiceAccountRef | undefined;
  readonly #held = new Map<string, Held>();

  private constructor(
    kube: KubeClient,
    clock: Clock,
    audiences: readonly string[],
    account: ServiceAccountRef | undefined,
  ) {
    this.#kube = kube;
    this.#clock = clock;
    this.#audiences = audiences;
    this.#account = account;
  }

  /**
   * @throws OperatorError where the setting cannot be had: the operator is no ServiceAccount, or an audience is one of the
   * API server. KubeError where that cannot be asked, as without the right to have a token.
   */
  static async open(
    kube: KubeClient,
    clock: Clock,
    audiences: readonly string[],
    signal: AbortSignal,
  ): Promise<OwnTokens> {
    if (audiences.length === 0) return new OwnTokens(kube, clock, audiences, undefined);
    const account = await ownServiceAccount(kube, signal);
    if (!account)
      throw new OperatorError(
        'MCO_SETTING',
        '--token-audiences needs an operator that runs as a ServiceAccount, and the API server knows this one as somebody else: run it in a pod, or with a kubeconfig that has the token of a ServiceAccount, or leave the setting out',
      );
    // Its answer names all that the API server takes for itself, which only its own flags say otherwise. The token is dropped.
    const itself = await requestToken(kube, account, undefined, signal);
    if (itself.audiences.length === 0)
      throw new OperatorError(
        'MCO_SETTING',
        '--token-audiences cannot be checked: the API server does not say which audiences are its own; leave the setting out',
      );
    const taken = audiences.find((audience) => itself.audiences.includes(audience));
    if (taken !== undefined)
      throw new OperatorError(
        'MCO_SETTING',
        `--token-audiences names ${taken}, which is an audience of the API server: whoever is sent a token for it could act as the operator in the cluster; name one that only the provider takes, such as vault`,
      );
    return new OwnTokens(kube, clock, audiences, account);
  }

  /** Why this object gets none, and what to do. Undefined: it may. */
  refuse({ kind }: Pick<Provider, 'kind'>, audience: string): string | undefined {
    if (kind !== 'ClusterIdentityProvider')
      return "a token of the operator's own ServiceAccount is sent for a ClusterIdentityProvider alone, for whoever writes an IdentityProvider could have it sent to a server of their own: use a ClusterIdentityProvider, or another auth.type";
    return this.#audiences.includes(audience)
      ? undefined
      : `the operator asks for no token for the audience ${audience}: name it in tokenAudiences of the chart (--token-audiences), or change auth.audience`;
  }

  /** For an object that `refuse` has nothing against. */
  for(audience: string): OwnToken {
    return async ({ signal }) => {
      try {
        return await this.#get(audience, signal);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        return notIssued(audience, inFull(error), error);
      }
    };
  }

  async #get(audience: string, signal: AbortSignal): Promise<Outcome<Secret>> {
    const held = this.#held.get(audience);
    const began = this.#clock.monotonic();
    if (held && began < held.renewAt) return ok(held.token);
    const account = this.#audiences.includes(audience) ? this.#account : undefined;
    if (!account) return notIssued(audience, 'it is not one that the operator asks for');
    const { token, audiences, lifeMs } = await requestToken(this.#kube, account, audience, signal);
    // Admission in the cluster may have made another one of it: that is sent nowhere.
    if (!token || audiences.length !== 1 || audiences[0] !== audience)
      return notIssued(audience, 'the API server gave one that is not for this audience alone');
    this.#held.set(audience, { token, renewAt: began + lifeMs * RENEW_AFTER });
    return ok(token);
  }
}
