/**
 * Every word that says why: in a plan, a condition, an event, a log line and a metric label, with all that depends on
 * the word. The list is closed; docs/reasons.md is generated from it.
 */

/** rest: all is well; wait: it goes on by itself, or somebody wants it so; act: somebody has to do something. */
export type Attention = 'rest' | 'wait' | 'act';

export interface Attributes {
  /** One sentence. */
  readonly text: string;
  readonly attention: Attention;
  /** It says nothing of the object: the provider could not be asked. */
  readonly unasked?: true;
  /** It stands in the way of a rotation while the Secret works: Ready stays True. */
  readonly sparesSecret?: true;
  /** It stands in the way of every rotation, and is said in the condition RotationBlocked. */
  readonly blocksRotation?: true;
  /** It ends by itself within seconds, and is not worth a write of the status. */
  readonly passing?: true;
  /**
   * Of a provider object. refused: the account answered, and said no; missing: there is nothing to log in with; untried:
   * nobody has tried to log in.
   */
  readonly login?: 'refused' | 'missing' | 'untried';
  /** What to do, where a provider has answered so. */
  readonly advice?: string;
}

type More = Omit<Attributes, 'text' | 'attention'>;
const rest = (text: string, more?: More): Attributes => ({ text, attention: 'rest', ...more });
const wait = (text: string, more?: More): Attributes => ({ text, attention: 'wait', ...more });
const act = (text: string, more?: More): Attributes => ({ text, attention: 'act', ...more });

export const reasons = {
  // All is well.
  Ready: rest('The current generation is applied and the Secret holds a working credential.'),
  Synced: rest('The client at the provider is as the spec wants it.'),
  Published: rest('The Secret holds the credential.'),
  Verified: rest('The token endpoint gave a token for the published credential.'),
  Idle: rest('Nothing is under way.'),
  InSync: rest('Nothing differs.'),
  Observed: rest('managementPolicy is Observe: the client exists, and nothing is changed.'),
  // Under way.
  Creating: wait('The client is being created.'),
  Recovering: wait(
    'A new credential is being made on the same client, because the published one cannot be used.',
  ),
  Rotating: wait('A new credential is being made; the old one still works.'),
  Updating: wait('Fields of the client are being changed at the provider.'),
  Adopting: wait('An existing client is being taken over.'),
  Publishing: wait('The Secret is being written from a credential that is already known.'),
  Deleting: wait('The client and the Secret are being removed.'),
  Settling: wait(
    'An earlier call has an unknown result; the operator looks again when it can no longer arrive.',
  ),
  ClockSkew: act('An operation is dated in the future: the clock of a node is wrong.'),
  NotShownYet: wait(
    'The provider does not show a client that was made or changed moments ago; it is asked again.',
  ),
  Overlap: wait('The old credential lives on until the overlap has passed and consumers have moved.'),
  Restarting: wait('The workloads of spec.restart are being restarted for the new credential.'),
  RotationWaiting: wait(
    'A rotation is due, and waits until the old credential of the one before is retired.',
  ),
  RolledOut: rest('The restarted workloads have rolled out.'),
  RolloutPending: wait('The old credential lives on until the restarted workloads have rolled out.'),
  JobsNotRestarted: wait('Jobs read the Secret: a run keeps the credential that it began with.'),
  RolloutStuck: act(
    'Workloads have not rolled out within spec.restart.deadline; the old credential lives on until they have.',
  ),
  WaitingForProvider: wait(
    'The provider object is being secured against its deletion before its first client is made.',
    { passing: true },
  ),
  WaitingForSweep: wait('The list of the clients at the provider is being read.', { passing: true }),
  WaitingForBudget: wait("The provider account's request budget is used up for the moment.", {
    passing: true,
  }),
  Retired: rest('The old credential was retired.'),
  Retiring: wait('The old credential is being retired.'),
  Verifying: wait('The published credential is being proven at the token endpoint.', { sparesSecret: true }),
  // Waiting for a person or for something else to change.
  Suspended: wait('spec.suspend is true.'),
  Inactive: wait('spec.state is Inactive: the client gets no tokens, and rotation pauses.'),
  InvalidSpec: act('The object does not have the form that its schema asks for.', { login: 'untried' }),
  FieldNotSupported: act('A field of the spec means nothing to this provider.', { login: 'untried' }),
  FieldRequired: act('A field of the spec is not set, and the provider needs it.'),
  MarkInUserText: act("A text or metadata key of the spec looks like the operator's own mark."),
  PolicyDenied: act("The provider object's clientPolicy does not allow what the spec asks for."),
  NamespaceNotAllowed: act('The ClusterIdentityProvider does not allow this namespace.'),
  ProviderNotFound: act('The provider object that spec.providerRef names does not exist.', { unasked: true }),
  OrganizationNotFound: act('The organization does not exist at the provider, or may not be seen there.'),
  ProviderNotReady: act('The provider object is not Ready.', { unasked: true }),
  SecretConflict: act('Another MachineClient has the Secret of this name.'),
  ClientConflict: act('Another MachineClient has this client.'),
  SecretNotOurs: act('A Secret of this name exists that this MachineClient does not own.'),
  SecretImmutable: act('The Secret is immutable; delete it, or choose another name.'),
  SecretRefused: act('The API server refuses the Secret (admission, quota or permission).'),
  SecretRewritten: act(
    'Admission in the cluster changes the Secret as it is written, so no credential is made.',
  ),
  NamespaceTerminating: wait('The namespace is being deleted.'),
  AdoptionNotAllowed: act('A client with the wanted id exists, and adoption is not allowed.'),
  ImportSecretMissing: act(
    'The Secret with the value to import, or its key, does not exist, or the value begins or ends with white space.',
  ),
  ManagedByAnother: act("Another installation's operation is recorded on the object: hands off.", {
    sparesSecret: true,
  }),
  MassChange: act('Much changed at once at the provider; a person must confirm.', {
    sparesSecret: true,
    blocksRotation: true,
  }),
  ForeignCredential: wait('Credentials that are not ours are alive on the client; they are left alone.'),
  ForeignRotationOpen: act('Somebody else has a rotation open on the client; it is theirs to end.', {
    sparesSecret: true,
    blocksRotation: true,
  }),
  RotationOverdue: act('A rotation is due and has not begun.'),
  OverlapWithoutSecret: wait(
    'The published credential is still within its overlap, and no other may be made before it ends.',
  ),
  CredentialLimitReached: act(
    'The client has as many credentials as the provider allows, and they are not ours to delete.',
    { sparesSecret: true, blocksRotation: true },
  ),
  OverlapNotPossible: act(
    'The provider keeps only one credential of the client, and spec.rotation.method is Overlap.',
    { sparesSecret: true, blocksRotation: true },
  ),
  IntegrityUnknown: act(
    'The key of the integrity annotation is unknown, and the provider cannot vouch for the credential.',
  ),
  WouldChange: wait('managementPolicy is Observe: this is what the operator would do.'),
  ClientNotFound: act('The client does not exist at the provider.'),
  UpstreamAbandoned: wait(
    'The client was left at the provider because machine-client.dev/abandon-upstream says so.',
  ),
  DeletionBlocked: act(
    'The deletion waits for the provider, or for what must be known before anything is removed.',
  ),
  MassDeletion: act(
    'Many clients are marked for deletion at once, and massDeletionPolicy is Hold; a person must confirm.',
  ),
  DefinitionDeleted: act(
    'The definition of MachineClient is being deleted: its objects are let go, and their clients, credentials and Secrets stay.',
  ),
  // What the provider said.
  RejectedByProvider: act(
    'The provider refused the request; it will not be tried again before the spec changes.',
    { advice: 'change the spec' },
  ),
  PermissionDenied: act("The provider's management credential may not do this.", {
    login: 'refused',
    advice: 'check what the management credential may do',
  }),
  PaymentRequired: act("The provider's plan does not allow this.", {
    advice: 'the plan of the account must allow more',
  }),
  CredentialsInvalid: act('The provider does not accept the management credential.', {
    unasked: true,
    login: 'refused',
    advice: 'check the management credential of the provider object',
  }),
  RateLimited: wait('The provider asks for fewer requests.', { unasked: true }),
  ProviderUnavailable: wait('The provider answered with a server error.', { unasked: true }),
  ProviderUnreachable: act('The provider could not be reached.', { unasked: true }),
  TLSFailed: act("The provider's certificate was not accepted.", { unasked: true }),
  Redirected: act('The provider answered with a redirect, which is not followed.', {
    unasked: true,
    advice: 'redirects are not followed: set baseUrl to where the API is',
  }),
  UnexpectedAnswer: act('The answer was not of the form that the provider documents.', {
    unasked: true,
    advice: 'check that baseUrl is the API, not a page in front of it',
  }),
  CredentialRefused: act('The token endpoint refuses the credential.'),
  RotationDisturbed: act('After a step of a rotation the provider shows another credential than expected.'),
  OpenRotationCancelled: wait('An open rotation of ours was cancelled because its secret was lost.'),
  RequestIgnored: act('The value of a request annotation is too long.'),
  RevokeIgnored: act('machine-client.dev/revoke-previous does not name the present version of the Secret.'),
  DuplicateRemoved: wait('A second client with our mark was removed.'),
  // The provider object itself.
  CredentialMissing: act('The Secret or ConfigMap that the provider refers to, or its key, does not exist.', {
    login: 'missing',
  }),
  TokenNotAllowed: act(
    "The provider object may not have a token of the operator's own ServiceAccount sent to it.",
    { login: 'untried' },
  ),
  TokenNotIssued: act(
    'The API server gave the operator no token of its own ServiceAccount, with which it logs in; it is tried again.',
    { unasked: true, login: 'missing' },
  ),
  UrlNotAllowed: act('The URL is not one that this operator may talk to.', { login: 'untried' }),
  AccountReachable: rest('The account answered.'),
  CredentialsAccepted: rest('The account accepted the credential.'),
  Held: act('Nothing is recreated or rotated until a person confirms.'),
  NotHeld: rest('Nothing is held back.'),
  Orphans: act('Clients with our mark have no MachineClient.'),
  // The cluster.
  KubernetesError: act('The API server refused or did not answer; it is tried again.'),
  InternalError: act('The operator itself failed; the log says where.'),
} satisfies Record<string, Attributes>;

export type Reason = keyof typeof reasons;

/** Of any word: one of a newer operator is not known. */
export const attributesOf = (word: string | undefined): Attributes | undefined =>
  isReason(word) ? reasons[word] : undefined;

export const isReason = (word: string | undefined): word is Reason =>
  word !== undefined && Object.hasOwn(reasons, word);

/** Nothing is known of the object for this reason, and what was known of it stays. */
export const isUnasked = (reason: Reason): boolean => reasons[reason].unasked === true;
