import type { Plan } from '../../src/machine-client/plan.ts';
import { deletion } from './deletion-rows.ts';
import { beforeAll, doesNotWork, noClient, works } from './living-rows.ts';
import { hold, sweep, waits, type Expected, type Row } from './row.ts';
import type { Words } from './words.ts';

export interface Section {
  readonly title: string;
  readonly applies: (words: Words) => boolean;
  readonly rows: readonly Row[];
}

const isLiving = ({ at }: Words): boolean => at('life') === 'living';
const hasClient = (words: Words): boolean => isLiving(words) && words.main() !== 'none';

/** The first section that applies, and in it the first row; a section may leave it to the next. */
export const sections: readonly Section[] = [
  {
    title: 'K of another installation',
    applies: () => true,
    rows: [
      {
        facts: 'K of another installation',
        when: ({ at }) => at('K') !== 'none' && at('K.installation') === 'another',
        says: () => ({ plan: 'hands-off', reason: 'ManagedByAnother' }),
      },
    ],
  },
  { title: 'Deletion', applies: (words) => !isLiving(words), rows: deletion },
  { title: 'Before all', applies: isLiving, rows: beforeAll },
  {
    title: 'No client with our mark',
    applies: (words) => isLiving(words) && words.main() === 'none',
    rows: noClient,
  },
  { title: 'S ok', applies: (words) => hasClient(words) && words.secretOk(), rows: works },
  { title: 'S not ok', applies: hasClient, rows: doesNotWork },
];

const asks: readonly Plan['kind'][] = [
  'create',
  'mint',
  'promote',
  'cancel',
  'update',
  'remove-client',
  'release-client',
  'prove',
];
const replaces: readonly Plan['kind'][] = ['create', 'mint', 'promote', 'cancel'];

const refusedForGood = ({ at, askedAgain }: Words): boolean => at('refused') === 'for good' && !askedAgain();

/** These stand over every row that has something done at the provider. */
export const overlays: readonly (Row & { readonly over: (words: Words, row: Expected) => boolean })[] = [
  {
    facts:
      'the namespace is held, and the object was published: no create, mint, promote or cancel, but what a person asked for of an object whose Secret works',
    over: (words, { plan }) =>
      replaces.includes(plan) &&
      isLiving(words) &&
      // What was asked for is looked at only where it counts: each more fact multiplies the cases.
      !(words.published() && words.at('mass change') === 'held' && words.askedFor(plan)),
    when: (words) => words.published() && words.at('mass change') === 'held',
    says: () => hold('MassChange'),
    added: 'The mass guard stands over the rows',
  },
  {
    facts: '… or it was found lost only now, and is watched for a moment',
    over: (words, { plan }) => replaces.includes(plan) && isLiving(words),
    when: (words) => words.published() && words.at('mass change') === 'watched',
    says: () => ({ plan: 'wait' }),
    added: 'The mass guard stands over the rows',
  },
  {
    facts: '… or its client or credential is lost at the provider, and no list began since',
    over: (words, { plan }) => replaces.includes(plan) && isLiving(words),
    when: (words) =>
      words.published() &&
      words.at('mass change') === 'no list since the loss' &&
      (words.main() === 'none' || (words.secretIs() && words.at('S.integrity') === 'ok')),
    says: () => sweep,
    added: 'The mass guard stands over the rows',
  },
  {
    facts: 'the provider refused the spec for good: no create or update before it changes',
    over: (_, { plan }) => plan === 'create' || plan === 'update',
    when: refusedForGood,
    says: () => hold('RejectedByProvider'),
    added: 'What was refused waits',
  },
  {
    facts:
      'the provider refused it for now: until `nextRetryTime`, a new spec or a request; with the reason that was said (here always the same one)',
    over: ({ at }, { plan }) =>
      asks.includes(plan) && !(plan === 'update' && at('K') === 'start' && at('K.result') === 'refused'),
    when: waits,
    says: () => hold('PermissionDenied'),
    added: 'What was refused waits',
  },
];

export interface Verdict {
  readonly section: string;
  readonly row: Row;
  readonly expected: Expected;
}

/** What the protocol says to these facts. */
export const consult = (words: Words): Verdict => {
  for (const { title, applies, rows } of sections) {
    if (!applies(words)) continue;
    const row = rows.find(({ when }) => when(words));
    if (!row) continue;
    const expected = row.says(words);
    const overlay = overlays.find(({ over, when }) => over(words, expected) && when(words));
    return overlay
      ? { section: 'Over every row', row: overlay, expected: overlay.says(words) }
      : { section: title, row, expected };
  }
  throw new Error('no row applies');
};
