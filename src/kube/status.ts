import type { Attempt, Cause, Failure, WriteOutcome } from './errors.ts';

/** What the API server answers instead of an object (`kind: Status`); every field may be missing on the way here. */
interface Status {
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly details?: { readonly causes?: unknown; readonly retryAfterSeconds?: unknown };
}

const LONGEST_MESSAGE = 1024;

/**
 * A definite answer is below 500. At 500 and above a write may have been applied all the same: etcd timed out after
 * the proposal (500, 504), or a load balancer lost the API server after it passed the request on (502, 503).
 */
const outcomeOf = (status: number, mutates: boolean): WriteOutcome =>
  mutates && status >= 500 ? 'unknown' : 'rejected';

/** Anything that is not a Status gives an empty one. */
export const asStatus = (body: unknown): Status => {
  const status = (typeof body === 'object' && body !== null ? body : {}) as Status & { kind?: unknown };
  return status.kind === 'Status' ? status : {};
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const causesOf = (status: Status): Cause[] => {
  const causes = status.details?.causes;
  if (!Array.isArray(causes)) return [];
  return causes.slice(0, 20).map((cause: { field?: unknown; reason?: unknown } | null) => ({
    field: typeof cause?.field === 'string' ? cause.field : '',
    reason: typeof cause?.reason === 'string' ? cause.reason : '',
  }));
};

/** What quota and admission policies say, whatever their status (a policy's default is 422). */
const FORBIDDEN = /^secrets "[^"]*" is forbidden: /;

/**
 * The API server's words help a person with quota, admission and validation (400, 403, 422), and nowhere else. A
 * validation message quotes the offending value, so of a Secret only a refusal of the object as a whole is kept:
 * quota and admission policies speak of the object and not of its data.
 */
const messageOf = (attempt: Attempt, code: number, status: Status): string | undefined => {
  if (typeof status.message !== 'string') return undefined;
  const text = status.message.slice(0, LONGEST_MESSAGE);
  const [, uncalled] = UNCALLED.exec(text) ?? [];
  if (uncalled !== undefined) return `the admission webhook "${uncalled}" could not be called`;
  if (![400, 403, 422].includes(code)) return undefined;
  const { group, plural } = attempt.resource;
  if (group === '' && plural === 'secrets' && code !== 403 && !FORBIDDEN.test(text)) {
    const [, denied] = DENIED.exec(text) ?? [];
    return denied === undefined ? undefined : `the admission webhook "${denied}" denied the request`;
  }
  return text;
};

/**
 * Of webhooks only the name is kept where their words may hold more: how a call failed is not the same twice, and one
 * that refuses a Secret may quote it (`staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go`).
 */
const UNCALLED = /failed calling webhook "([^"]{1,253})"/;
const DENIED = /^admission webhook "([^"]{1,253})" denied the request/;

/** RBAC's own words (`staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`). */
const RBAC_MESSAGE = /^[^:]* is forbidden: User "[^"]*" cannot [a-z]+ resource "/;

export const failureOfStatus = (
  attempt: Attempt,
  code: number,
  body: Status,
  outcome: WriteOutcome,
  retryAfterMs?: number,
): Failure => {
  const inBody = body.details?.retryAfterSeconds;
  return {
    status: code,
    reason:
      typeof body.reason === 'string' && /^[A-Za-z]{1,64}$/.test(body.reason) ? body.reason : 'NotRecognised',
    outcome,
    retryAfterMs: retryAfterMs ?? (typeof inBody === 'number' && inBody > 0 ? inBody * 1000 : undefined),
    apiMessage: messageOf(attempt, code, body),
    causes: causesOf(body),
    rbacDenied: code === 403 && typeof body.message === 'string' && RBAC_MESSAGE.test(body.message),
  };
};

/** The failure that an HTTP answer of 300 or more stands for; of its body only what is safe to keep. */
export const failureOfAnswer = (
  attempt: Attempt,
  answer: { readonly status: number; readonly text: string; readonly retryAfterMs: number | undefined },
  mutates: boolean,
): Failure =>
  failureOfStatus(
    attempt,
    answer.status,
    asStatus(parse(answer.text)),
    outcomeOf(answer.status, mutates),
    answer.retryAfterMs,
  );
