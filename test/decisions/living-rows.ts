import {
  hold,
  live,
  look,
  mint,
  nothing,
  orFields,
  rotate,
  sweep,
  throughGate,
  wait,
  type Row,
} from './row.ts';
import type { Words } from './words.ts';

/** Nothing of it is at the provider yet, and something is to be made there. */
const begins = ({ at, management }: Words): boolean =>
  management() !== 'Observe' && at('finalizer') === 'none';

export const beforeAll: readonly Row[] = [
  {
    facts: 'the namespace is terminating',
    when: ({ at }) => at('namespace') === 'terminating',
    says: () => hold('NamespaceTerminating'),
  },
  { facts: '`suspend`', when: ({ at }) => at('suspend') === 'yes', says: () => hold('Suspended') },
  {
    facts: 'the spec cannot be read',
    when: ({ at }) => at('form') === 'invalid',
    says: () => hold('InvalidSpec'),
  },
  {
    facts: 'the provider cannot be used',
    when: ({ at }) => at('provider') !== 'ready',
    says: ({ at }) => {
      if (at('provider') === 'missing') return hold('ProviderNotFound');
      return hold(at('provider') === 'not-ready' ? 'ProviderNotReady' : 'NamespaceNotAllowed');
    },
  },
  {
    facts: 'the provider cannot bear the spec, or its policy does not allow it',
    when: ({ at }) => at('refusal') !== 'none',
    says: ({ at }) => hold(at('refusal') === 'PolicyDenied' ? 'PolicyDenied' : 'FieldNotSupported'),
  },
  {
    facts: 'another object has the Secret',
    when: ({ at }) => at('rival for the Secret') === 'one',
    says: () => hold('SecretConflict'),
  },
  {
    facts: 'another object has the client',
    when: ({ at }) => at('rival for the client') === 'one',
    says: () => hold('ClientConflict'),
  },
  {
    facts: 'our finalizer is not there, and the provider object is being deleted',
    when: (words) => words.at('provider stays') === 'is being deleted' && begins(words),
    says: () => hold('ProviderNotReady'),
    added: 'A first client, and a provider that goes',
  },
  {
    facts: '… and it is not yet held, so that it may go at any moment',
    when: (words) => words.at('provider stays') === 'not yet' && begins(words),
    says: () => wait('WaitingForProvider'),
    added: 'A first client, and a provider that goes',
  },
  {
    facts: '`Observe`, and the client is seen: as the spec says, or not',
    when: (words) => words.management() === 'Observe' && observed(words),
    says: ({ at }) => nothing(at('differs') === 'scopes' ? 'WouldChange' : 'Observed'),
  },
  {
    facts: '`Observe`, no client is seen: look at the wanted or recorded id, then at a list',
    when: ({ management }) => management() === 'Observe',
    says: (words) => {
      if (observedLook(words) === 'no') return look;
      return words.at('sweep') === 'none' ? sweep : hold('ClientNotFound');
    },
  },
  {
    facts: 'a look is asked for (`reconcile-requested`), and none was taken in this pass',
    when: (words) => words.main() !== 'none' && !words.live() && words.at('reconcile-requested') === 'open',
    says: () => look,
    added: 'A look that a person asks for',
  },
  {
    facts: 'a client with our mark or a Secret is there, and our finalizer is not',
    when: (words) =>
      ((!words.borrowed() && words.main() !== 'none') || words.secretIs()) &&
      words.at('finalizer') === 'none',
    says: () => ({ plan: 'take-finalizer', reason: 'Ready' }),
    added: 'The finalizer comes before a status',
  },
  {
    facts: 'K a fresh mint, unresolved',
    when: (words) => words.fresh() && words.unresolved(),
    says: () => wait('Settling'),
  },
];

const positionalInFlight: Row = {
  facts: 'K a fresh promote or cancel, whatever its result',
  when: (words) => words.positional() && words.fresh(),
  says: () => wait('Settling'),
};

/** What a look at the one id showed that Observe knows of. */
const observedLook = (words: Words): string | undefined => {
  const { wanted, ofStatus } = words.looks();
  return wanted ?? ofStatus;
};
const observed = (words: Words): boolean => {
  if (words.main() !== 'none') return true;
  const found = observedLook(words);
  return found === 'unmarked' || found === 'marked by another';
};

/** In the order in which they are asked: Secret, status, spec, K. */
const found = (words: Words): string | undefined =>
  Object.values(words.looks()).find((one) => one === 'unmarked' || one === 'marked by another');
/** A creation that was refused left nothing under its own id, unless something else names that id. */
const notLooked = (words: Words): boolean => {
  const { ofS, ofStatus, wanted, ofK } = words.looks();
  const refused = words.at('K') === 'create' && words.at('K.result') === 'refused';
  return [ofS, ofStatus, wanted, refused ? undefined : ofK].includes('no');
};

/** The caller chooses the id: a repeated creation meets the first one. */
const collides = ({ at }: Words): boolean => at('K') === 'create';

export const noClient: readonly Row[] = [
  {
    facts: '`CredentialsOnly`, and the client of `spec.clientId` was not looked at',
    when: (words) => words.borrowed() && words.at('look at the client') === 'no',
    says: () => look,
    added: 'A client of somebody else',
  },
  {
    facts: '… and it has a mark',
    when: (words) => words.borrowed() && words.at('look at the client') === 'marked by another',
    says: () => hold('ClientConflict'),
    added: 'A client of somebody else',
  },
  {
    facts: '… and there is none',
    when: (words) => words.borrowed(),
    says: () => hold('ClientNotFound'),
    added: 'A client of somebody else',
  },
  positionalInFlight,
  { facts: 'there was no sweep yet', when: ({ at }) => at('sweep') === 'none', says: () => sweep },
  {
    facts: 'an id that Secret, status, spec or K names was not looked at',
    when: notLooked,
    says: () => look,
  },
  {
    facts: 'a client of such an id bears another mark',
    when: (words) => found(words) === 'marked by another',
    says: () => hold('ClientConflict'),
  },
  {
    facts: 'a client of such an id bears no mark, and adoption is allowed on both sides',
    when: (words) =>
      found(words) === 'unmarked' &&
      words.at('adoption') === 'Existing' &&
      words.at('adoption allowed') === 'yes',
    says: () => ({ plan: 'update', reason: 'Adopting' }),
  },
  {
    facts: '… and it is not',
    when: (words) => found(words) === 'unmarked',
    says: () => hold('AdoptionNotAllowed'),
  },
  {
    facts:
      'K unresolved, and no sweep that began after K.until and, where a repeated call would not collide, when reads showed it',
    when: (words) =>
      words.unresolved() && (words.at('sweep') !== 'after K.until' || (words.young() && !collides(words))),
    says: () => sweep,
  },
  {
    facts:
      'K young, and no creation that was refused, or S young, where K was removed or is older: the client may not be shown yet',
    when: (words) => (words.young() && !(words.unresolved() && collides(words))) || words.youngUnknown(),
    says: () => wait('NotShownYet'),
    added: 'A client that is not shown yet',
  },
  { facts: 'else', when: () => true, says: () => ({ plan: 'create', reason: 'Creating' }) },
];

export const works: readonly Row[] = [
  {
    facts: 'status ≠ S: status from S',
    when: ({ at }) => at('status.operation') !== 'S',
    says: () => wait('Publishing'),
  },
  {
    facts: 'K unresolved: touch S, abandoned-operation := K.id',
    when: (words) => words.unresolved(),
    says: () => ({ plan: 'give-up-operation', reason: 'Settling' }),
  },
  positionalInFlight,
  {
    facts: 'S = current, open, K = our start (abandoned) or our cancel of this suffix',
    when: (words) => words.at('S.credential') === 'current' && words.openIsOurs(),
    says: (words) => live(words, { plan: 'cancel', reason: 'Recovering' }),
  },
  {
    facts: 'S has another name, label or template than the spec wants, and is immutable',
    when: (words) =>
      words.shapeDiffers() && words.at('S.name') === 'wanted' && words.at('S.immutable') === 'yes',
    says: () => hold('SecretImmutable'),
    added: 'The shape of the Secret',
  },
  {
    facts: '… or lacks the secret that the spec now asks for, none open',
    when: (words) => words.shapeDiffers() && lacksSecret(words) && !words.open(),
    says: rotate,
    added: 'The shape of the Secret',
  },
  {
    facts: '… else: the same credential, written anew',
    when: (words) => words.shapeDiffers() && !lacksSecret(words),
    says: () => ({ plan: 'publish-stored', reason: 'Publishing' }),
    added: 'The shape of the Secret',
  },
  {
    facts: 'S = current, open, otherwise',
    when: (words) => words.at('S.credential') === 'current' && words.open(),
    says: () => hold('ForeignRotationOpen'),
  },
  {
    facts:
      'S = next, or S = current and lately brought it, consumers named: restarted some seconds after the publication, by version',
    when: ({ at }) =>
      (at('S.credential') === 'next' || at('S.brought') === 'another credential') &&
      at('state') === 'Active' &&
      ['just published', 'not looked', 'behind'].includes(at('restart')),
    says: (words) => {
      if (words.at('restart') === 'behind') return { plan: 'restart', reason: 'Restarting' };
      return words.at('restart') === 'just published' && !words.revoked()
        ? orFields(words, nothing('Restarting'))
        : { plan: 'look-at-consumers' };
    },
    added: 'Consumers are restarted while both credentials work',
  },
  {
    facts: 'S = next: through the gate',
    when: ({ at }) => at('S.credential') === 'next',
    says: (words) => throughGate(words, live(words, { plan: 'promote', reason: 'Retiring' })),
  },
  {
    facts: 'S = current, none open, due',
    when: (words) => words.due(),
    says: rotate,
  },
  {
    facts: 'a second client with our mark: through the gate',
    when: ({ at }) => at('duplicate') === 'one',
    says: (words) => throughGate(words, { plan: 'remove-client', reason: 'DuplicateRemoved' }),
    added: 'A duplicate and a former Secret go as an old credential does',
  },
  {
    facts: 'a Secret under a former name: after the overlap',
    when: ({ at }) => at('stray Secret') === 'one',
    says: (words) =>
      words.at('overlap of S') === 'passed'
        ? { plan: 'remove-secret', reason: 'Retiring' }
        : orFields(words, nothing('Overlap')),
    added: 'A duplicate and a former Secret go as an old credential does',
  },
  {
    facts: 'none of these: fields, or nothing',
    when: () => true,
    says: (words) => orFields(words, nothing('Ready')),
  },
];

const lacksSecret = ({ at }: Words): boolean =>
  at('entries') === 'with the secret' && at('S.layout') === 'without it';

/** The client of S, which K has published or does not know of, is not shown, and another one with our mark is. */
const publishedElsewhere = (words: Words): boolean =>
  !words.borrowed() &&
  words.secretIs() &&
  words.at('S.client') === 'former' &&
  (words.at('S.operation') === 'K' || words.youngUnknown());

export const doesNotWork: readonly Row[] = [
  {
    facts:
      'S is of K, or young and K was removed or is older, its client is not shown and was not looked at, and another one with our mark is shown',
    when: (words) => publishedElsewhere(words) && words.at('look at the former id') === 'no',
    says: () => look,
    added: 'A client that is not shown yet',
  },
  {
    facts: '… and K or that S is young: it may not be shown yet',
    when: (words) => publishedElsewhere(words) && (words.young() || words.youngUnknown()),
    says: () => wait('NotShownYet'),
    added: 'A client that is not shown yet',
  },
  positionalInFlight,
  {
    facts: 'only the integrity key is another one, and U shows the credential',
    when: (words) => words.secretIs() && words.at('S.integrity') === 'unknown' && words.inSecret(),
    says: () => ({ plan: 'sign-again', reason: 'IntegrityUnknown' }),
    added: 'What is known need not be minted',
  },
  {
    facts: 'S absent, the client was adopted, its Secret not looked at, and no open rotation of ours',
    when: (words) =>
      !words.secretIs() &&
      words.at('adoption') === 'Existing' &&
      words.at('client') === 'of the wanted id' &&
      words.main() === 'client' &&
      !words.openIsOurs() &&
      words.at('adoptable Secret') === 'unknown',
    says: () => ({ plan: 'adopt-secret', reason: 'Adopting' }),
    added: 'What is known need not be minted',
  },
  {
    facts: 'S absent, nothing was published, none open, and there is a value to import',
    when: (words) =>
      !words.secretIs() &&
      words.at('import') === 'some' &&
      !words.open() &&
      words.at('status.operation') === 'none',
    says: () => ({ plan: 'publish-import', reason: 'Publishing' }),
    added: 'What is known need not be minted',
  },
  {
    facts: 'next = the suffix that status says was published: after the overlap promote, else hold',
    when: (words) => words.publishedNext(),
    says: (words) =>
      words.overlapInStatusEnded()
        ? live(words, { plan: 'promote', reason: 'Retiring' })
        : hold('OverlapWithoutSecret'),
  },
  {
    facts: 'next ours: K = our start or our cancel of this suffix',
    when: (words) => words.openIsOurs(),
    says: (words) => live(words, { plan: 'cancel', reason: 'Recovering' }),
  },
  { facts: 'next foreign', when: (words) => words.open(), says: () => hold('ForeignRotationOpen') },
  { facts: 'none open', when: () => true, says: (words) => live(words, mint('Recovering')) },
];
