import type { Reason } from '../api/reasons.ts';
import { type KubeError, inFull, isNamespaceTerminating } from '../kube/errors.ts';
import type { ProviderError } from '../providers/outcome.ts';
import type { Need } from '../runtime/budget-line.ts';
import type { Setback } from './status/picture.ts';

/**
 * How an effect ended.
 *   again          something changed: observe and decide once more
 *   write-status   the status must be written before anything else is decided
 *   stale          our copy is older than what the API server has: the watch will bring the newer one
 *   asked          something was asked for, whose end wakes the object
 *   busy           it must wait for its turn in the account's budget; nothing was done
 *   setback        it could not be done
 */
export type Step =
  | { readonly kind: 'again' }
  | { readonly kind: 'write-status' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'busy'; readonly need: Need; readonly isTold: boolean }
  | { readonly kind: 'setback'; readonly setback: Setback; readonly retryAfterMs?: number | undefined };

export const again: Step = { kind: 'again' };

/** `retry`: where what was asked says better than the error when to ask again. */
export const providerSetback = (error: ProviderError, retry = error.retry): Step => ({
  kind: 'setback',
  setback: { reason: error.reason, message: error.message, retry, side: 'provider' },
  retryAfterMs: error.retryAfterMs,
});

/** What a refusal of the API server means, in words that are the same at each try. */
export const kubeSetback = (error: KubeError): Setback => {
  const reason: Reason = isNamespaceTerminating(error)
    ? 'NamespaceTerminating'
    : error.resource === 'secrets' && (error.status === 403 || error.status === 422)
      ? 'SecretRefused'
      : 'KubernetesError';
  return { reason, message: inFull(error), retry: 'soon', side: 'kubernetes' };
};
