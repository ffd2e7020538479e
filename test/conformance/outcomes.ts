import type { Outcome } from '../../src/providers/outcome.ts';
import type { NewCredential } from '../../src/providers/provider.ts';

export const call = { signal: new AbortController().signal };

export const value = <T>(outcome: Outcome<T>): T => {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind}: ${outcome.error.message}`);
  return outcome.value;
};

export const failure = (outcome: Outcome<unknown>) => {
  if (outcome.kind === 'ok') throw new Error('it was done');
  const { reason, retry, status, retryAfterMs, errorType, withheld, message } = outcome.error;
  // What is not offered, or not written yet, was never asked for: it is not the failure that was meant.
  if (withheld && reason === 'FieldNotSupported') throw new Error(`${outcome.kind}: ${message}`);
  return { kind: outcome.kind, reason, retry, status, retryAfterMs, errorType };
};

/** What stands for the whole credential where a test needs one text of it. */
export const textOf = ({ values }: NewCredential): string =>
  (values.ClientSecret ?? values.AccessKey ?? values.PrivateKey)?.reveal() ?? '';
