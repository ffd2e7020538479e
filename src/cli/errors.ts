import { KubeError } from '../kube/errors.ts';
import { OperatorError } from '../runtime/errors.ts';
import { ownValue } from '../runtime/own.ts';

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {}

/** It was understood and cannot be done: exit code 1. */
export class CommandError extends Error {}

/** The CRD of a kind is not installed. */
export const isNotServed = (error: unknown): error is KubeError =>
  error instanceof KubeError &&
  error.status === 404 &&
  (error.reason !== 'NotFound' || error.objectName === undefined);

const because: Readonly<Record<string, string>> = {
  ConnectionFailed: 'no connection to the API server; is the context of the kubeconfig the right one?',
  ConnectionLost: 'the connection to the API server broke',
  Timeout: 'the API server did not answer in time',
  AuthenticationFailed: 'the credentials of the kubeconfig could not be read',
  Unauthorized: 'the API server does not accept these credentials; log in again',
};

/** `machineclients.machine-client.dev` → `MachineClient`, as people call it. */
const kindOf = (resource: string): string =>
  ({
    'machineclients.machine-client.dev': 'MachineClient',
    'identityproviders.machine-client.dev': 'IdentityProvider',
    'clusteridentityproviders.machine-client.dev': 'ClusterIdentityProvider',
  })[resource] ?? resource;

const place = (namespace: string | undefined): string =>
  namespace === undefined ? '' : ` in namespace ${namespace}`;

const explainKube = (error: KubeError): string => {
  const { status, reason, verb, resource, namespace, objectName } = error;
  // The error's own words speak of the operator's rights; here it is a person who lacks them.
  if (error.rbacDenied)
    return `you may not ${verb} ${resource}${place(namespace)}: ask for that right in RBAC`;
  if (status === 404 && reason === 'NotFound' && objectName !== undefined)
    return `there is no ${kindOf(resource)} ${objectName}${place(namespace)}`;
  if (status === 404)
    return `this cluster does not serve ${resource}; install the CRDs: kubectl apply -f crds/`;
  const why = ownValue(because, reason);
  // ECONNREFUSED, ENOTFOUND, SELF_SIGNED_CERT_IN_CHAIN: whoever knows these words needs no others.
  const code = (error.cause as { readonly code?: unknown } | undefined)?.code;
  if (why !== undefined) return typeof code === 'string' ? `${why} (${code})` : why;
  return error.apiMessage === undefined ? error.message : `${error.message}: ${error.apiMessage}`;
};

/** One or two lines for a person; undefined for what nobody expected, which keeps its stack. */
export const explain = (error: unknown): string | undefined => {
  if (error instanceof KubeError) return explainKube(error);
  if (error instanceof UsageError || error instanceof CommandError || error instanceof OperatorError)
    return error.message;
  return undefined;
};
