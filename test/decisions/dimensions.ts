/**
 * Everything that `decide` may observe of an object at a two-phase provider, as named facts with named values. Times
 * are kept only as what they are compared with: before or after K.until, the end of the overlap, the next try.
 *
 * Constants of the style, and so no facts: the provider lists its clients, and the caller chooses their ids. Two
 * values that mean the same are one: K `delete`, `release` and `publish` are as `update` (no secret is shown, nothing
 * is done by position); the result `not-sent` is as `rejected` (both are `refused`); a cap of retireWhenUnused
 * is as a longer overlap; no `revoke-previous` is as one that names another version; a rotation that is both
 * asked for and planned is as one that is asked for.
 */
export const dimensions = {
  // ---- the object
  life: ['living', 'deleting'],
  finalizer: ['ours', 'none'],
  namespace: ['active', 'terminating'],
  /** Of MachineClient: whether it is being deleted, and all objects with it. */
  definition: ['not looked at', 'stands', 'goes'],
  suspend: ['no', 'yes'],
  form: ['valid', 'invalid'],
  management: ['Manage', 'Observe'],
  /** Of somebody else: `managementPolicy: CredentialsOnly`, whatever `management` is. */
  'the client is': ['ours', 'of somebody else'],
  state: ['Active', 'Inactive'],
  'deletion policy': ['Delete', 'Retain'],
  'abandon-upstream': ['no', 'yes'],
  'wanted id': ['none', 'some'],
  adoption: ['Never', 'Existing'],
  import: ['none', 'some', 'refuted'],
  entries: ['with the secret', 'without it'],
  /** Whether `spec.restart` names anybody, and how far they are. */
  restart: ['none', 'just published', 'not looked', 'behind', 'pending', 'stuck', 'rolled out'],
  verification: ['OnRotation', 'Never'],
  'revoke-previous': ['another version', 'the present version'],
  rotation: [
    'none',
    'asked',
    'asked and tried',
    'asked and answered',
    'planned',
    'planned and due',
    'planned and due, no window open',
  ],
  'reconcile-requested': ['none', 'open'],
  'rival for the Secret': ['none', 'one'],
  'rival for the client': ['none', 'one'],
  // ---- its status
  'spec since status': ['same', 'changed'],
  'status.operation': ['none', 'S', 'K', 'older'],
  'status.client': ['none', 'client', 'duplicate'],
  'status.published': ['none', 'current', 'next', 'gone'],
  'overlap since status': ['passed', 'running'],
  CredentialVerified: ['yes', 'no'],
  refused: ['no', 'until later', 'for good'],
  // ---- K, the last operation
  K: ['none', 'create', 'start', 'promote', 'cancel', 'update'],
  /** `young`: settled, and reads may not show yet what it did. */
  'K.age': ['fresh', 'young', 'settled'],
  'K.result': ['none', 'refused'],
  'K.installation': ['ours', 'another'],
  'K.uid': ['ours', 'another'],
  'K.incarnation': ['first', 'second'],
  'K.suffix': ['of next', 'of another', 'none'],
  // ---- S, the Secret
  S: ['absent', 'present'],
  'S.integrity': ['ok', 'edited', 'unknown'],
  'S.client': ['client', 'duplicate', 'former'],
  'S.credential': ['current', 'next', 'gone'],
  'S.operation': ['another', 'K'],
  'S.abandoned-operation': ['none', 'K'],
  'overlap of S': ['passed', 'running'],
  /** `young`: published before a fresh K, after any other, and reads may not show yet what it was published with. */
  'S.age': ['old', 'young'],
  'S.layout': ['with the secret', 'without it'],
  'S.brought': ['another credential', 'the same one'],
  'S.template': ['same', 'differs'],
  'S.label': ['there', 'gone'],
  'S.name': ['wanted', 'former'],
  'S.immutable': ['no', 'yes'],
  'stray Secret': ['none', 'one'],
  'adoptable Secret': ['unknown', 'none', 'foreign'],
  // ---- U, upstream
  sweep: ['none', 'before K.until', 'after K.until'],
  client: ['none', 'of the derived id', 'of the wanted id'],
  duplicate: ['none', 'one'],
  next: ['none', 'open'],
  active: ['yes', 'no'],
  differs: ['nothing', 'scopes', 'mark'],
  'look at the client': ['no', 'seen', 'nothing', 'unmarked', 'marked by another'],
  'look at the duplicate': ['no', 'seen'],
  'look at the wanted id': ['no', 'nothing', 'unmarked', 'marked by another'],
  'look at the former id': ['no', 'nothing'],
  'look at the id of K': ['no', 'nothing'],
  // ---- the provider object
  /** `withdrawn`: it may not be used, and its lists show nothing with the object's mark. */
  provider: ['ready', 'missing', 'not-ready', 'denied', 'withdrawn'],
  /** Whether the provider object stays for as long as a client of it does. */
  'provider stays': ['yes', 'not yet', 'is being deleted'],
  'adoption allowed': ['no', 'yes'],
  refusal: ['none', 'FieldNotSupported', 'PolicyDenied'],
  'mass deletion': ['none', 'watched', 'held'],
  'mass change': ['none', 'held', 'watched', 'no list since the loss'],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type Dimension = keyof typeof dimensions;
export type Value<D extends Dimension> = (typeof dimensions)[D][number];

/** Reads one fact. What is never read cannot matter: see explore.ts. */
export type At = <D extends Dimension>(name: D) => Value<D>;

export interface Pruning {
  readonly dimension: Dimension;
  readonly when: (at: At) => boolean;
  /** Only these values are left then. */
  readonly only: readonly string[];
  readonly why: string;
}

const prune = <D extends Dimension>(
  dimension: D,
  when: (at: At) => boolean,
  only: readonly Value<D>[],
  why: string,
): Pruning => ({ dimension, when, only, why });

const kinds = (at: At, ...some: readonly Value<'K'>[]): boolean => some.includes(at('K'));
const mayPublish = (at: At): boolean => kinds(at, 'create', 'start') && at('K.result') === 'none';
const noClient = (at: At): boolean => at('client') === 'none';
/** K published a Secret of a client that is not among those that are shown. */
const publishedElsewhere = (at: At): boolean =>
  at('S') === 'present' && at('S.client') === 'former' && at('S.operation') === 'K';
/** Each product says whose it is, so no rule makes that depend on anything. */
const borrowed = (at: At): boolean => at('the client is') === 'of somebody else';

/** What S was published with is not shown, or it is about to be asked whether it is. Its overlap is not asked for then. */
export const mayBeHidden = (at: At): boolean =>
  (at('life') === 'deleting' && (borrowed(at) || at('provider') === 'withdrawn')) ||
  (!borrowed(at) && (noClient(at) || at('S.client') === 'former'));

/** What cannot be observed together. A rule may only read what no rule makes depend on its own dimension. */
export const prunings: readonly Pruning[] = [
  prune('sweep', (at) => at('K') === 'none', ['none', 'after K.until'], 'there is no K to be older than'),
  prune(
    'sweep',
    (at) => at('K') !== 'none' && at('K.age') === 'fresh',
    ['none', 'before K.until'],
    'K.until is in the future, and a sweep that began there is not believed (observe.ts)',
  ),
  prune(
    'K.age',
    (at) => !noClient(at) && !borrowed(at) && !publishedElsewhere(at),
    ['fresh', 'settled'],
    'a client that is shown is shown, however young: only where there is none it may be that it is not shown yet',
  ),
  prune(
    'S.age',
    (at) => !mayBeHidden(at),
    ['old'],
    'what is shown is shown, however young: only where it is not shown it may be that it is not shown yet',
  ),
  prune('client', (at) => at('wanted id') === 'none', ['none', 'of the derived id'], 'the spec wants no id'),
  prune('wanted id', borrowed, ['some'], 'CredentialsOnly needs spec.clientId (a CEL rule)'),
  prune(
    'client',
    borrowed,
    ['none', 'of the wanted id'],
    'it goes by the id that the spec names, and by no other',
  ),
  prune('duplicate', borrowed, ['none'], 'by that id there is one'),
  prune('differs', borrowed, ['nothing'], 'what it is like is its owner’s to say (observe.ts)'),
  prune('K', borrowed, ['none', 'start', 'promote', 'cancel', 'update'], 'it is never made'),
  prune(
    'look at the client',
    (at) => borrowed(at) && noClient(at),
    ['no', 'nothing', 'marked by another'],
    'one without a mark is the client itself',
  ),
  prune('duplicate', noClient, ['none'], 'a second client needs a first'),
  prune('next', noClient, ['none'], 'a rotation is open on a client'),
  prune(
    'differs',
    (at) => at('management') === 'Manage',
    ['nothing', 'scopes'],
    'which field it is matters only to Observe, for which the mark does not count',
  ),
  prune(
    'look at the client',
    (at) => !noClient(at),
    ['no', 'seen'],
    'what is listed was seen; a look that found nothing takes it off the list (observe.ts)',
  ),
  prune(
    'look at the client',
    noClient,
    ['no', 'nothing', 'unmarked', 'marked by another'],
    'a look that found a client with our mark puts it on the list (observe.ts)',
  ),
  prune('import', (at) => at('wanted id') === 'none', ['none'], 'an import needs spec.clientId (a CEL rule)'),
  prune(
    'rotation',
    (at) => at('K') === 'none',
    ['none', 'asked', 'asked and answered', 'planned', 'planned and due', 'planned and due, no window open'],
    'that a request was tried is noted in K',
  ),
  prune(
    'K.incarnation',
    (at) => at('K') !== 'create',
    ['first'],
    'only a creation can be one ahead: all others carry the number of the client that is there',
  ),
  prune(
    'K.incarnation',
    (at) => at('K.uid') === 'another',
    ['first'],
    'the id that is derived from another uid is another id, whatever the number',
  ),
  prune(
    'S.operation',
    (at) => !mayPublish(at),
    ['another'],
    'only a mint publishes, and never one that was refused',
  ),
  prune(
    'S.abandoned-operation',
    (at) => !kinds(at, 'create', 'start') || at('K.result') !== 'none' || at('S.operation') === 'K',
    ['none'],
    'only an unresolved mint is given up, and then it cannot publish',
  ),
  prune(
    'restart',
    (at) => at('overlap of S') === 'passed',
    ['none', 'not looked', 'behind', 'pending', 'stuck', 'rolled out'],
    'consumers are restarted some seconds after the publication',
  ),
  prune('K.suffix', (at) => kinds(at, 'cancel'), ['of next', 'of another'], 'a cancel names its credential'),
  prune(
    'K.suffix',
    (at) => kinds(at, 'start'),
    ['none', 'of another'],
    'the suffix of a start is ours where it is that of the open rotation, and where nobody wrote it down',
  ),
  prune(
    'S.brought',
    (at) => at('duplicate') !== 'none',
    ['the same one'],
    'consumers come before a duplicate, so it does not matter there',
  ),
  prune(
    'restart',
    (at) => at('S.credential') === 'current' && at('S.brought') === 'another credential',
    ['none', 'just published', 'not looked', 'behind'],
    'nothing waits for consumers whose credential is dead: how far they are is as if there were none',
  ),
  prune('S.client', (at) => at('duplicate') === 'none', ['client', 'former'], 'there is no duplicate'),
  prune('S.credential', (at) => at('next') === 'none', ['current', 'gone'], 'no rotation is open'),
  prune(
    'S.credential',
    (at) => at('S.client') === 'former',
    ['gone'],
    'the credential of a client that is gone is gone with it',
  ),
  prune('stray Secret', (at) => at('S') === 'absent', ['none'], 'the newest of ours is S itself'),
  prune(
    'status.operation',
    (at) => at('S') === 'absent',
    ['none', 'K', 'older'],
    'no Secret that it could be the operation of',
  ),
  prune(
    'status.operation',
    (at) => !mayPublish(at) || (at('S') === 'present' && at('S.operation') === 'K'),
    ['none', 'S', 'older'],
    'K published nothing, or is the operation of S and called so',
  ),
  prune('status.client', (at) => at('duplicate') === 'none', ['none', 'client'], 'there is no duplicate'),
  prune(
    'status.client',
    (at) => at('status.operation') !== 'none',
    ['client', 'duplicate'],
    'all of status is one patch: with the operation goes the client',
  ),
  prune(
    'status.published',
    (at) => at('status.operation') === 'none',
    ['none'],
    'all of status is one patch: nothing was published yet',
  ),
  prune('status.published', (at) => at('next') === 'none', ['none', 'current', 'gone'], 'none is open'),
  ...(['current', 'next', 'gone'] as const).map((credential) =>
    prune(
      'status.published',
      (at) => at('status.operation') === 'S' && at('S.credential') === credential,
      ['none', credential],
      'status that is derived from S names the credential of S',
    ),
  ),
];
