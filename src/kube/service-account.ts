import type { KubeClient } from './client.ts';
import { Secret } from '../runtime/secret.ts';
import type { ObjectRef, Resource } from './resource.ts';

const selfSubjectReviews: Resource = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};
const serviceAccounts: Resource = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

/** The least that the API server takes, in seconds. */
const LIFE_SECONDS = 600;

export interface ServiceAccountRef extends ObjectRef {
  readonly namespace: string;
}

/** `system:serviceaccount:<namespace>:<name>` */
const userName = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/;

/** What the API server calls whoever asks (SelfSubjectReview): undefined where that is no ServiceAccount. */
export const ownServiceAccount = async (
  kube: KubeClient,
  signal: AbortSignal,
): Promise<ServiceAccountRef | undefined> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = await kube.create<{ readonly status?: { readonly userInfo?: { username?: string } } }>(
    selfSubjectReviews,
    undefined,
    body,
    { signal },
  );
  const [, namespace, name] = userName.exec(status?.userInfo?.username ?? '') ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
};

/** A token of a ServiceAccount, as the API server has signed it. */
export interface IssuedToken {
  /** Undefined: there is none in the answer. */
  readonly token: Secret | undefined;
  /** Whom it is for, as the API server says. */
  readonly audiences: readonly string[];
  readonly lifeMs: number;
}

interface TokenRequestWire {
  readonly spec?: { readonly audiences?: readonly string[]; readonly expirationSeconds?: number };
  readonly status?: { readonly token?: string };
}

/**
 * Asks for a token (TokenRequest). `audience` undefined: for the API server itself. One that is asked for and never used
 * ends by itself, so nothing is lost by a crash before, during or after it.
 *
 * @throws KubeError
 */
export const requestToken = async (
  kube: KubeClient,
  account: ServiceAccountRef,
  audience: string | undefined,
  signal: AbortSignal,
): Promise<IssuedToken> => {
  const spec = {
    expirationSeconds: LIFE_SECONDS,
    ...(audience !== undefined && { audiences: [audience] }),
  };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await kube.createIn<TokenRequestWire>(serviceAccounts, account, 'token', body, { signal });
  const { audiences = [], expirationSeconds = LIFE_SECONDS } = answer.spec ?? {};
  const { token } = answer.status ?? {};
  return { token: token ? new Secret(token) : undefined, audiences, lifeMs: expirationSeconds * 1_000 };
};
