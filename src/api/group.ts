/** The names that other programs and people rely on. They never change. */
export const group = 'machine-client.dev';
/** What the operator and the plugin speak, and what is stored. */
export const version = 'v1beta1';
/** All that are served, with one schema: nothing is converted. */
export const versions = [version, 'v1alpha1'] as const;
export const apiVersion = `${group}/${version}`;

export const machineClientKind = 'MachineClient';
export const identityProviderKind = 'IdentityProvider';
export const clusterIdentityProviderKind = 'ClusterIdentityProvider';

export const finalizers = {
  /** On a MachineClient from before its first upstream write until nothing is left upstream. */
  upstream: `${group}/upstream`,
  /** On a provider while MachineClients use it, and on the Secret that it logs in with: a namespace that goes takes them last. */
  inUse: `${group}/in-use`,
} as const;

export const labels = {
  /** `"true"` on every Secret that this operator writes: the one selector of the Secret watch. */
  managed: `${group}/managed`,
} as const;

export const annotations = {
  // What a person asks of a MachineClient.
  rotateRequested: `${group}/rotate-requested`,
  reconcileRequested: `${group}/reconcile-requested`,
  revokePrevious: `${group}/revoke-previous`,
  abandonUpstream: `${group}/abandon-upstream`,
  // What a person confirms on a provider.
  confirmMassChange: `${group}/confirm-mass-change`,
  // The fence, on a MachineClient and, after its publication, on the Secret.
  operation: `${group}/operation`,
  // On the target Secret, in the same write as the data.
  clientId: `${group}/client-id`,
  credentialId: `${group}/credential-id`,
  secretVersion: `${group}/secret-version`,
  publishedAt: `${group}/published-at`,
  /** When this credential was first published: a change of name, keys or labels publishes it again. */
  rotatedAt: `${group}/rotated-at`,
  /** When the published credential ends by itself, where that is known. */
  expiryTime: `${group}/expiry-time`,
  /** What an issued secret is bound to, as a digest. */
  terms: `${group}/terms`,
  /** Beside which credential of the client this one was published: whose place it is to take. */
  previousCredentialId: `${group}/previous-credential-id`,
  /** `"true"`: a user brought the credential, and nothing of it is shown in status. */
  imported: `${group}/imported`,
  /** `"true"`: no other credential of the client was ever in a Secret, so nobody can hold one. */
  firstCredential: `${group}/first-credential`,
  owner: `${group}/owner`,
  /** When the API server made the owner, by its own clock: ours may differ, and what was published says ours. */
  ownerCreated: `${group}/owner-created`,
  /** The name of the Secret on which all of these stand: on a copy under another name they mean nothing. */
  secretName: `${group}/secret-name`,
  integrity: `${group}/integrity`,
  rotateRequest: `${group}/rotate-request`,
  /** The Secret keys that are ours, comma separated: what a Merge removes at the end and an entry's rename removes now. */
  keys: `${group}/keys`,
  /** `"true"`: our keys were added to a Secret of somebody else, so only they are ever removed. */
  merged: `${group}/merged`,
  /** The labels and annotations that `spec.secret` asked for, so that a removed one is taken off again. */
  template: `${group}/template`,
  // On the target Secret, written alone.
  abandonedOperation: `${group}/abandoned-operation`,
  /** On the Lease: in which pod its holder runs, so that nobody waits for the expiry when that pod is gone. */
  holderPod: `${group}/holder-pod`,
} as const;

/** The operator's own namespace, where nothing else is said. */
export const defaultNamespace = 'machine-client-system';

/** The Lease and the Secret with the integrity key, both in the operator's own namespace. */
export const leaseName = 'machine-client-operator';
export const installationSecretName = 'machine-client-operator-installation';
