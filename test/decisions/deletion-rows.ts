import { hold, look, nothing, sweep, wait, type Expected, type Row } from './row.ts';
import type { Words } from './words.ts';

const abandons = ({ at }: Words): boolean => at('abandon-upstream') === 'yes';
const leave = (words: Words): Expected => ({
  plan: words.secretIs() || words.at('stray Secret') !== 'none' ? 'remove-secret' : 'finish',
  reason: 'Deleting',
});

export const deletion: readonly Row[] = [
  {
    facts: 'our finalizer is not there',
    when: ({ at }) => at('finalizer') === 'none',
    says: () => nothing('Deleting'),
  },
  {
    facts: '`Observe`: everything stays',
    when: ({ management }) => management() === 'Observe',
    says: () => ({ plan: 'finish', reason: 'Deleting' }),
  },
  {
    facts: 'K a fresh mint, whatever its result',
    when: (words) => words.mint() && words.fresh(),
    says: () => wait('Settling'),
  },
  {
    facts: '`abandon-upstream`: the client stays, its Secrets and the finalizer go',
    when: abandons,
    says: leave,
  },
  {
    facts: 'the definition of MachineClient was not looked at',
    when: ({ at }) => at('definition') === 'not looked at',
    says: () => ({ plan: 'look-at-definition' }),
    added: 'A deletion that nobody meant',
  },
  {
    facts: 'the definition is being deleted, K fresh and not refused',
    when: (words) => words.at('definition') === 'goes' && words.fresh() && words.at('K.result') === 'none',
    says: () => wait('Settling'),
    added: 'A deletion that nobody meant',
  },
  {
    facts: 'the definition is being deleted: everything stays but the finalizer',
    when: ({ at }) => at('definition') === 'goes',
    says: () => ({ plan: 'let-go', reason: 'DefinitionDeleted' }),
    added: 'A deletion that nobody meant',
  },
  {
    facts:
      'the provider cannot be used, there is a Secret, and many are marked for deletion that wait for a person',
    when: (words) =>
      words.at('provider') !== 'ready' && words.secretIs() && words.at('mass deletion') === 'held',
    says: () => hold('MassDeletion'),
    added: 'Many deletions at once',
  },
  {
    facts: '… or it was marked only now, and is watched for a moment',
    when: (words) =>
      words.at('provider') !== 'ready' && words.secretIs() && words.at('mass deletion') === 'watched',
    says: () => wait('Deleting'),
    added: 'Many deletions at once',
  },
  {
    facts: 'the provider cannot be used, and nothing was ever recorded',
    when: (words) =>
      words.at('provider') !== 'ready' &&
      words.at('K') === 'none' &&
      !words.secretIs() &&
      words.at('status.client') === 'none',
    says: leave,
    added: 'A deletion without a provider',
  },
  {
    facts:
      'the provider may not be used any more, its lists show nothing with our mark, and not `CredentialsOnly`: after K.until, where K is unresolved',
    when: (words) =>
      words.at('provider') === 'withdrawn' &&
      !words.borrowed() &&
      words.at('sweep') !== 'none' &&
      // What was just made may not be listed yet.
      !(
        words.at('sweep') === 'before K.until' &&
        (words.unresolved() || (words.mint() && words.at('K.age') === 'young') || words.youngUnknown())
      ),
    says: leave,
    added: 'A deletion after the permission',
  },
  {
    facts: 'the provider cannot be used',
    when: ({ at }) => at('provider') !== 'ready',
    says: () => hold('DeletionBlocked'),
  },
  {
    facts: 'many are marked for deletion, and `massDeletionPolicy: Hold` waits for a person',
    when: ({ at }) => at('mass deletion') === 'held',
    says: () => hold('MassDeletion'),
    added: 'Many deletions at once',
  },
  {
    facts: '… or it was marked only now, and is watched for a moment',
    when: ({ at }) => at('mass deletion') === 'watched',
    says: () => wait('Deleting'),
    added: 'Many deletions at once',
  },
  {
    facts: '`CredentialsOnly`, K a fresh promote or cancel, whatever its result',
    when: (words) => words.borrowed() && words.positional() && words.fresh(),
    says: () => wait('Settling'),
    added: 'A client of somebody else',
  },
  {
    facts: '`CredentialsOnly`, and the client of `spec.clientId` was not looked at',
    when: (words) => words.borrowed() && words.at('look at the client') === 'no',
    says: () => look,
    added: 'A client of somebody else',
  },
  {
    facts:
      '`CredentialsOnly`, and what is open was published, or is of our start or cancel: the issued credential alone goes',
    when: (words) => words.borrowed() && words.revocable(),
    says: () => ({ plan: 'cancel', reason: 'Deleting' }),
    added: 'A client of somebody else',
  },
  {
    facts: 'a client with our mark, `Retain`, K fresh and not refused',
    when: (words) =>
      !words.borrowed() &&
      words.at('client') !== 'none' &&
      words.at('deletion policy') === 'Retain' &&
      words.fresh() &&
      words.at('K.result') === 'none',
    says: () => wait('Settling'),
    added: 'A client is let go when nothing is on its way to it',
  },
  {
    facts: 'a client with our mark, `Retain`',
    when: ({ at, borrowed }) => !borrowed() && at('client') !== 'none' && at('deletion policy') === 'Retain',
    says: ({ at }) =>
      at('look at the client') === 'no' ? look : { plan: 'release-client', reason: 'Deleting' },
  },
  {
    facts: 'a client with our mark',
    when: ({ at, borrowed }) => !borrowed() && at('client') !== 'none',
    says: () => ({ plan: 'remove-client', reason: 'Deleting' }),
  },
  {
    facts: 'an id that Secret, status, spec or K names was not looked at',
    when: (words) => !words.borrowed() && Object.values(words.looks()).includes('no'),
    says: () => look,
  },
  {
    facts: 'no sweep yet, or K unresolved and none that began after K.until, when reads showed what it did',
    when: (words) =>
      !words.borrowed() &&
      (words.at('sweep') === 'none' ||
        (words.unresolved() && (words.at('sweep') !== 'after K.until' || words.young()))),
    says: () => sweep,
  },
  {
    facts:
      'K a young mint, and no creation that was refused, or S young, where K was removed or is older: the client, or what was issued on it, may not be shown yet',
    when: (words) => (words.mint() && words.young()) || words.youngUnknown(),
    says: () => wait('NotShownYet'),
    added: 'A client that is not shown yet',
  },
  { facts: 'none upstream: the Secrets, then the finalizer', when: () => true, says: leave },
];
