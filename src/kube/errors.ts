import { OperatorError } from '../runtime/errors.ts';
import { type Resource, resourceName } from './resource.ts';

/** As RBAC names them. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/**
 * rejected: the API server answered and did not do it, or the request never left this process.
 * unknown: the write left and no definite answer came back; it may have been applied, or still may be.
 */
export type WriteOutcome = 'rejected' | 'unknown';

/** Reasons that this side gives where the API server gave none. */
export type LocalReason =
  | 'ConnectionFailed' // no connection could be made
  | 'ConnectionLost' // it broke before the answer was complete
  | 'Timeout'
  | 'Aborted' // by the caller's signal
  | 'TooLate' // it could not leave before the caller's `leaveBy`
  | 'BadAnswer' // not what an API server says
  | 'AuthenticationFailed' // our own credentials could not be read or made
  | 'NotRecognised'; // an HTTP error without a Status, as from a proxy in between

/** Which field a refusal speaks of, and why; never its value. */
export interface Cause {
  readonly field: string;
  readonly reason: string;
}

/** What was tried. */
export interface Attempt {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** What came of it. */
export interface Failure {
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** `Status.reason` of the API server, or a `LocalReason`. */
  readonly reason: string;
  /** Where there was no answer: what failed underneath, such as `ECONNREFUSED 127.0.0.1:6443`. */
  readonly detail?: string | undefined;
  readonly outcome: WriteOutcome;
  readonly retryAfterMs?: number | undefined;
  /** The API server's words to a person, where they cannot hold the content of a Secret (see status.ts). */
  readonly apiMessage?: string | undefined;
  readonly causes?: readonly Cause[] | undefined;
  /** RBAC refused it, not admission, quota or a terminating namespace. */
  readonly rbacDenied?: boolean | undefined;
}

const describe = (attempt: Attempt, failure: Failure): string => {
  const { verb, resource, subresource, namespace, name } = attempt;
  const slash = subresource === undefined ? '' : `/${subresource}`;
  const object = name === undefined ? '' : ` "${name}"`;
  const place = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  const detail = failure.detail === undefined ? '' : ` (${failure.detail})`;
  const answer = `${failure.reason}${failure.status === 0 ? detail : ` (${failure.status})`}`;
  const grant = failure.rbacDenied
    ? `; the operator needs RBAC verb "${verb}" on resource "${resource.plural}${slash}" in API group "${resource.group}"`
    : '';
  return `cannot ${verb} ${resourceName(resource)}${slash}${object}${place}: ${answer}${grant}`;
};

const codeOf = ({ outcome, status }: Failure): string => {
  if (outcome === 'unknown') return 'MCO_KUBE_OUTCOME_UNKNOWN';
  return status === 0 ? 'MCO_KUBE_UNREACHABLE' : 'MCO_KUBE_REJECTED';
};

/**
 * The one error of everything that is asked of the API server. The message is made of the attempt, status and reason
 * alone, so it is the same at each retry and never holds a body.
 */
export class KubeError extends OperatorError {
  readonly status: number;
  readonly reason: string;
  readonly outcome: WriteOutcome;
  readonly verb: Verb;
  /** `secrets`, `deployments.apps` */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly objectName: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly apiMessage: string | undefined;
  readonly causes: readonly Cause[];
  readonly rbacDenied: boolean;

  constructor(attempt: Attempt, failure: Failure, options?: ErrorOptions) {
    super(codeOf(failure), describe(attempt, failure), options);
    this.status = failure.status;
    this.reason = failure.reason;
    this.outcome = failure.outcome;
    this.verb = attempt.verb;
    this.resource = resourceName(attempt.resource);
    this.subresource = attempt.subresource;
    this.namespace = attempt.namespace;
    this.objectName = attempt.name;
    this.retryAfterMs = failure.retryAfterMs;
    this.apiMessage = failure.apiMessage;
    this.causes = failure.causes ?? [];
    this.rbacDenied = failure.rbacDenied ?? false;
  }
}

/** With the API server's own words, or the fields that it names, where it has any. */
export const inFull = ({ message, apiMessage, causes }: KubeError): string => {
  const fields = causes.filter(({ field }) => field !== '').map(({ field, reason }) => `${field} ${reason}`);
  const said = apiMessage ?? fields.join(', ');
  return said === '' ? message : `${message}: ${said}`;
};

/** A guard that is false says nothing about the type, hence the narrower one. */
type WithStatus<S extends number> = KubeError & { readonly status: S };

const hasStatus =
  <S extends number>(status: S) =>
  (error: unknown): error is WithStatus<S> =>
    error instanceof KubeError && error.status === status;

/**
 * The API server itself says that there is no such object. A 404 of anybody on the way to it, or of an API group that
 * is not served, is not that: what has not been found that way must not be taken for deleted.
 */
export const isNotFound = (error: unknown): error is WithStatus<404> =>
  hasStatus(404)(error) && error.reason === 'NotFound';
export const isForbidden = hasStatus(403);
export const isInvalid = hasStatus(422);
export const isThrottled = hasStatus(429);

export const isAlreadyExists = (error: unknown): error is WithStatus<409> =>
  hasStatus(409)(error) && error.reason === 'AlreadyExists';

/** A precondition (resourceVersion, uid) did not hold. AlreadyExists is a 409 too, and not this. */
export const isConflict = (error: unknown): error is WithStatus<409> =>
  hasStatus(409)(error) && !isAlreadyExists(error);

/** The resourceVersion or continue token is too old to go on from. */
export const isGone = (error: unknown): boolean =>
  error instanceof KubeError &&
  (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');

/** The namespace is being deleted: nothing can be made in it any more. */
export const isNamespaceTerminating = (error: unknown): error is WithStatus<403> =>
  isForbidden(error) && error.causes.some((cause) => cause.reason === 'NamespaceTerminating');
