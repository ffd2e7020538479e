/**
 * Every word that says why: in a plan, a condition, an event, a log line and a metric label. The list is closed;
 * docs/reasons.md is generated from it.
 */
export const reasons = {
  // All is well.
  Ready: 'The current generation is applied and the Secret holds a working credential.',
  Synced: 'The client at the provider is as the spec wants it.',
  Published: 'The Secret holds the credential.',
  Verified: 'The token endpoint gave a token for the published credential.',
  Idle: 'Nothing is under way.',
  InSync: 'Nothing differs.',
  Observed: 'managementPolicy is Observe: the client exists, and nothing is changed.',
  // Under way.
  Creating: 'The client is being created.',
  Recovering: 'A new credential is being made on the same client, because the published one cannot be used.',
  Rotating: 'A new credential is being made; the old one still works.',
  Updating: 'Fields of the client are being changed at the provider.',
  Adopting: 'An existing client is being taken over.',
  Publishing: 'The Secret is being written from a credential that is already known.',
  Deleting: 'The client and the Secret are being removed.',
  Settling: 'An earlier call has an unknown result; the operator looks again when it can no longer arrive.',
  ClockSkew: 'An operation is dated in the future: the clock of a node is wrong.',
  NotShownYet: 'The provider does not show a client that was made or changed moments ago; it is asked again.',
  Overlap: 'The old credential lives on until the overlap has passed and consumers have moved.',
  Restarting: 'The workloads of spec.restart are being restarted for the new credential.',
  RotationWaiting: 'A rotation is due, and waits until the old credential of the one before is retired.',
  RolledOut: 'The restarted workloads have rolled out.',
  RolloutPending: 'The old credential lives on until the restarted workloads have rolled out.',
  RolloutStuck:
    'Workloads have not rolled out within spec.restart.deadline; the old credential lives on until they have.',
  WaitingForProvider:
    'The provider object is being secured against its deletion before its first client is made.',
  WaitingForSweep: 'The list of the clients at the provider is being read.',
  WaitingForBudget: "The provider account's request budget is used up for the moment.",
  Retired: 'The old credential was retired.',
  Retiring: 'The old credential is being retired.',
  Verifying: 'The published credential is being proven at the token endpoint.',
  // Waiting for a person or for something else to change.
  Suspended: 'spec.suspend is true.',
  Inactive: 'spec.state is Inactive: the client gets no tokens, and rotation pauses.',
  InvalidSpec: 'The object does not have the form that its schema asks for.',
  FieldNotSupported: 'A field of the spec means nothing to this provider.',
  MarkInUserText: "A text or metadata key of the spec looks like the operator's own mark.",
  PolicyDenied: "The provider object's clientPolicy does not allow what the spec asks for.",
  NamespaceNotAllowed: 'The ClusterIdentityProvider does not allow this namespace.',
  ProviderNotFound: 'The provider object that spec.providerRef names does not exist.',
  OrganizationNotFound: 'The organization does not exist at the provider, or may not be seen there.',
  ProviderNotReady: 'The provider object is not Ready.',
  SecretConflict: 'Another MachineClient has the Secret of this name.',
  ClientConflict: 'Another MachineClient has this client.',
  SecretNotOurs: 'A Secret of this name exists that this MachineClient does not own.',
  SecretImmutable: 'The Secret is immutable; delete it, or choose another name.',
  SecretRefused: 'The API server refuses the Secret (admission, quota or permission).',
  SecretRewritten: 'Admission in the cluster changes the Secret as it is written, so no credential is made.',
  NamespaceTerminating: 'The namespace is being deleted.',
  AdoptionNotAllowed: 'A client with the wanted id exists, and adoption is not allowed.',
  ImportSecretMissing:
    'The Secret with the value to import, or its key, does not exist, or the value begins or ends with white space.',
  ManagedByAnother: "Another installation's operation is recorded on the object: hands off.",
  MassChange: 'Much changed at once at the provider; a person must confirm.',
  ForeignCredential: 'Credentials that are not ours are alive on the client; they are left alone.',
  ForeignRotationOpen: 'Somebody else has a rotation open on the client; it is theirs to end.',
  RotationOverdue: 'A rotation is due and has not begun.',
  OverlapWithoutSecret:
    'The published credential is still within its overlap, and no other may be made before it ends.',
  CredentialLimitReached:
    'The client has as many credentials as the provider allows, and they are not ours to delete.',
  IntegrityUnknown:
    'The key of the integrity annotation is unknown, and the provider cannot vouch for the credential.',
  WouldChange: 'managementPolicy is Observe: this is what the operator would do.',
  ClientNotFound: 'The client does not exist at the provider.',
  UpstreamAbandoned:
    'The client was left at the provider because machine-client.dev/abandon-upstream says so.',
  DeletionBlocked:
    'The deletion waits for the provider, or for what must be known before anything is removed.',
  MassDeletion:
    'Many clients are marked for deletion at once, and massDeletionPolicy is Hold; a person must confirm.',
  DefinitionDeleted:
    'The definition of MachineClient is being deleted: its objects are let go, and their clients, credentials and Secrets stay.',
  // What the provider said.
  RejectedByProvider: 'The provider refused the request; it will not be tried again before the spec changes.',
  PermissionDenied: "The provider's management credential may not do this.",
  PaymentRequired: "The provider's plan does not allow this.",
  CredentialsInvalid: 'The provider does not accept the management credential.',
  RateLimited: 'The provider asks for fewer requests.',
  ProviderUnavailable: 'The provider answered with a server error.',
  ProviderUnreachable: 'The provider could not be reached.',
  TLSFailed: "The provider's certificate was not accepted.",
  Redirected: 'The provider answered with a redirect, which is not followed.',
  UnexpectedAnswer: 'The answer was not of the form that the provider documents.',
  CredentialRefused: 'The token endpoint refuses the credential.',
  RotationDisturbed: 'After a step of a rotation the provider shows another credential than expected.',
  OpenRotationCancelled: 'An open rotation of ours was cancelled because its secret was lost.',
  RequestIgnored: 'The value of a request annotation is too long.',
  RevokeIgnored: 'machine-client.dev/revoke-previous does not name the present version of the Secret.',
  DuplicateRemoved: 'A second client with our mark was removed.',
  // The provider object itself.
  CredentialMissing: 'The Secret or ConfigMap that the provider refers to, or its key, does not exist.',
  UrlNotAllowed: 'The URL is not one that this operator may talk to.',
  AccountReachable: 'The account answered.',
  CredentialsAccepted: 'The account accepted the credential.',
  Held: 'Nothing is recreated or rotated until a person confirms.',
  NotHeld: 'Nothing is held back.',
  Orphans: 'Clients with our mark have no MachineClient.',
  // The cluster.
  KubernetesError: 'The API server refused or did not answer; it is tried again.',
  InternalError: 'The operator itself failed; the log says where.',
} as const satisfies Record<string, string>;

export type Reason = keyof typeof reasons;

export const isReason = (word: string | undefined): word is Reason =>
  word !== undefined && Object.hasOwn(reasons, word);
