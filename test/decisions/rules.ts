import { reasons } from '../../src/api/reasons.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import { NOW } from '../../src/machine-client/testing/facts.ts';
import { ids, suffixes } from './object-facts.ts';
import type { Words } from './words.ts';

/** What no plan may do, whatever is observed. */
export interface Rule {
  readonly name: string;
  /** The page, and the heading on it, that asks for it. */
  readonly from: `docs/${string}`;
  readonly broken: (plan: Plan, words: Words) => boolean;
}

const kindOf = (plan: Plan, ...kinds: readonly Plan['kind'][]): boolean => kinds.includes(plan.kind);
const isPositional = (plan: Plan): boolean => kindOf(plan, 'promote', 'cancel');
const mints = (plan: Plan): boolean => kindOf(plan, 'create', 'mint');
const isUpstreamWrite = (plan: Plan): boolean =>
  mints(plan) || isPositional(plan) || kindOf(plan, 'update', 'remove-client', 'release-client');
const isQuestion = (plan: Plan): boolean => kindOf(plan, 'look', 'sweep', 'look-at-definition');
const isRest = (plan: Plan): boolean => kindOf(plan, 'nothing', 'wait', 'hold', 'hands-off');
const adopts = (plan: Plan): boolean => plan.kind === 'update' && plan.reason === 'Adopting';
const living = ({ at }: Words): boolean => at('life') === 'living';
/** Deleting, what was issued on a client of somebody else is revoked, though it was published. */
const endsBorrowed = (words: Words): boolean => words.borrowed() && !living(words);

/** Every suffix in a message is masked, and no value of a credential is known to begin with. */
const showsSuffix = (message: string): boolean =>
  Object.values(suffixes).some((suffix) => message.replaceAll(`****${suffix}`, '').includes(suffix));

export const rules: readonly Rule[] = [
  {
    name: 'a plan says why, in a word of the closed list and in a sentence',
    from: 'docs/reasons.md',
    broken: (plan) =>
      'reason' in plan && (!Object.hasOwn(reasons, plan.reason) || plan.message.trim() === ''),
  },
  {
    name: 'no suffix is shown unmasked',
    from: 'docs/protocol.md#invariants',
    broken: (plan) => 'message' in plan && showsSuffix(plan.message),
  },
  {
    name: 'a wait ends: not in the past',
    from: 'docs/protocol.md#the-fence',
    broken: (plan) => 'until' in plan && plan.until !== undefined && plan.until < NOW,
  },
  {
    name: 'another installation’s object: hands off',
    from: 'docs/protocol.md#what-is-ours',
    broken: (plan, { at }) =>
      plan.kind !== 'hands-off' && at('K') !== 'none' && at('K.installation') === 'another',
  },
  {
    name: 'Observe changes nothing, but lets go of the object in the end',
    from: 'docs/concepts/README.md#what-stops-it',
    broken: (plan, words) =>
      !isRest(plan) &&
      !isQuestion(plan) &&
      !(kindOf(plan, 'finish') && !living(words)) &&
      words.management() === 'Observe',
  },
  {
    name: 'CredentialsOnly makes, changes, releases and removes no client',
    from: 'docs/concepts/README.md#what-stops-it',
    broken: (plan, words) =>
      kindOf(plan, 'create', 'update', 'release-client', 'remove-client') && words.borrowed(),
  },
  {
    name: 'suspended: nothing but the deletion',
    from: 'docs/concepts/README.md#what-stops-it',
    broken: (plan, words) => !isRest(plan) && living(words) && words.at('suspend') === 'yes',
  },
  {
    name: 'nothing is asked of a provider that cannot be used',
    from: 'docs/protocol.md#tables',
    broken: (plan, { at }) =>
      (isUpstreamWrite(plan) || kindOf(plan, 'look', 'sweep', 'prove')) && at('provider') !== 'ready',
  },
  {
    name: 'nothing is written upstream while K is a fresh unresolved mint',
    from: 'docs/protocol.md#tables',
    broken: (plan, words) => isUpstreamWrite(plan) && words.fresh() && words.unresolved(),
  },
  {
    name: 'no mint, promote, cancel or removal while K is a fresh promote or cancel',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) =>
      living(words) &&
      (mints(plan) || isPositional(plan) || kindOf(plan, 'remove-client')) &&
      words.positional() &&
      words.fresh(),
  },
  {
    name: 'what acts by position, or changes a client, follows a look in this very pass',
    from: 'docs/protocol.md#two-phases',
    broken: (plan, words) =>
      ((isPositional(plan) || kindOf(plan, 'mint', 'update')) && !adopts(plan) && !words.live()) ||
      // Deleting, it is the oldest that is let go first, not the one in the Secret.
      (kindOf(plan, 'release-client') && words.at('look at the client') === 'no'),
  },
  {
    name: 'promote and cancel name what is next',
    from: 'docs/protocol.md#two-phases',
    broken: (plan, words) =>
      (plan.kind === 'promote' || plan.kind === 'cancel') && (!words.open() || plan.suffix !== suffixes.next),
  },
  {
    name: 'no start while a rotation is open',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) => plan.kind === 'mint' && words.open(),
  },
  {
    name: 'promote only what was published, and through the gate or after its overlap',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) => {
      if (plan.kind !== 'promote') return false;
      if (words.secretOk()) return words.at('S.credential') !== 'next' || words.gate() !== 'open';
      return !words.publishedNext() || !words.overlapInStatusEnded();
    },
  },
  {
    name: 'cancel only our own open rotation',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) =>
      plan.kind === 'cancel' && !words.openIsOurs() && !(endsBorrowed(words) && words.revocable()),
  },
  {
    name: 'cancel never what the Secret holds, or what status says was published',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) =>
      plan.kind === 'cancel' &&
      !endsBorrowed(words) &&
      ((words.inSecret() && words.at('S.integrity') === 'ok' && words.at('S.credential') === 'next') ||
        (!words.secretOk() && words.publishedNext())),
  },
  {
    name: 'win the Secret before what a dead operation minted is ended',
    from: 'docs/protocol.md#two-phases',
    broken: (plan, words) =>
      isPositional(plan) && words.secretOk() && words.unresolved() && !endsBorrowed(words),
  },
  {
    name: 'a client of a living object is removed only through the gate, and never the one in the Secret',
    from: 'docs/protocol.md#what-is-ours',
    broken: (plan, words) =>
      plan.kind === 'remove-client' &&
      living(words) &&
      (!words.secretOk() || words.gate() !== 'open' || words.at('duplicate') === 'none'),
  },
  {
    name: 'a Secret of a living object is removed only after a rename and its overlap',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) =>
      plan.kind === 'remove-secret' &&
      living(words) &&
      (!words.secretOk() || words.at('overlap of S') === 'running' || plan.secret.name !== 'stray'),
  },
  {
    name: 'only a client with our mark is written to, but for an adoption that both sides allow',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) => {
      if (!isUpstreamWrite(plan) || plan.kind === 'create') return false;
      if (!adopts(plan)) return words.at('client') === 'none';
      return (
        !('client' in plan) ||
        plan.client.mark !== undefined ||
        words.at('adoption') !== 'Existing' ||
        words.at('adoption allowed') !== 'yes'
      );
    },
  },
  {
    name: 'create only where nothing of ours is or may still appear',
    from: 'docs/protocol.md#words',
    broken: (plan, words) => {
      if (plan.kind !== 'create') return false;
      if (words.main() !== 'none' || words.at('sweep') === 'none') return true;
      return words.unresolved() && (words.fresh() || words.at('sweep') !== 'after K.until');
    },
  },
  {
    name: 'create only after a look at every id that Secret, status or spec names',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) => {
      if (plan.kind !== 'create') return false;
      const { ofS, ofStatus, wanted } = words.looks();
      return [ofS, ofStatus, wanted].some((look) => look !== undefined && look !== 'nothing');
    },
  },
  {
    name: 'held or watched: nothing that was published is created, minted, promoted or cancelled, but what works and was asked for',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) =>
      living(words) &&
      (mints(plan) || isPositional(plan)) &&
      words.published() &&
      (words.at('mass change') === 'watched' ||
        (words.at('mass change') === 'held' && !words.askedFor(plan.kind))),
  },
  {
    name: 'what is lost at the provider is replaced only after a list that began since',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) =>
      living(words) &&
      (plan.kind === 'create' || (mints(plan) && words.secretIs() && words.at('S.integrity') === 'ok')) &&
      words.published() &&
      words.at('mass change') === 'no list since the loss',
  },
  {
    name: 'a rotation is due only while the Secret works, none is open and the client gives tokens',
    from: 'docs/protocol.md#two-phases-1',
    broken: (plan, words) =>
      plan.kind === 'mint' && plan.reason === 'Rotating' && (!words.secretOk() || words.open()),
  },
  {
    name: 'a new credential without a proof only where the old one is lost',
    from: 'docs/rotation.md',
    broken: (plan, words) => plan.kind === 'mint' && !plan.prove && words.secretOk(),
  },
  {
    name: 'while the Secret works and nothing is asked, no new credential',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) =>
      plan.kind === 'mint' &&
      words.secretOk() &&
      !words.due() &&
      !(words.shapeDiffers() && words.at('S.layout') === 'without it'),
  },
  {
    name: 'status names the published credential before anything else is fenced',
    from: 'docs/protocol.md#tables',
    broken: (plan, words) =>
      living(words) &&
      isUpstreamWrite(plan) &&
      !adopts(plan) &&
      words.secretOk() &&
      words.at('status.operation') !== 'S',
  },
  {
    name: 'deleting: nothing is removed while a mint may still arrive',
    from: 'docs/protocol.md#tables',
    broken: (plan, words) =>
      !living(words) &&
      kindOf(plan, 'remove-client', 'release-client', 'remove-secret', 'finish') &&
      words.management() !== 'Observe' &&
      words.mint() &&
      words.fresh(),
  },
  {
    name: 'deleting: nothing is removed before the definition was seen to stand, but what a person lets go of by name',
    from: 'docs/decisions/026-a-deletion-that-nobody-meant.md',
    broken: (plan, words) =>
      !living(words) &&
      (isUpstreamWrite(plan) || kindOf(plan, 'remove-secret', 'finish')) &&
      words.management() !== 'Observe' &&
      words.at('abandon-upstream') === 'no' &&
      words.at('definition') !== 'stands',
  },
  {
    name: 'deleting: nothing of what is held or watched is removed, but what a person lets go of by name',
    from: 'docs/decisions/027-a-mass-deletion-waits-where-it-is-asked-to.md',
    broken: (plan, words) =>
      !living(words) &&
      (isUpstreamWrite(plan) || kindOf(plan, 'remove-secret', 'finish')) &&
      words.management() !== 'Observe' &&
      words.at('abandon-upstream') === 'no' &&
      words.at('provider') === 'ready' &&
      words.at('mass deletion') !== 'none',
  },
  {
    name: 'deleting: upstream first, then the Secret, then the finalizer',
    from: 'docs/protocol.md#invariants',
    broken: (plan, words) => {
      const { at } = words;
      if (living(words) || !kindOf(plan, 'remove-secret', 'finish') || words.management() === 'Observe')
        return false;
      if (plan.kind === 'finish' && (words.secretIs() || at('stray Secret') !== 'none')) return true;
      if (at('abandon-upstream') === 'yes') return false;
      if (at('provider') === 'withdrawn' && at('sweep') !== 'none')
        return words.unresolved() && at('sweep') !== 'after K.until';
      if (at('provider') !== 'ready')
        return at('K') !== 'none' || words.secretIs() || at('status.client') !== 'none';
      if (words.borrowed())
        return words.revocable() || (words.mint() && words.young()) || words.youngUnknown();
      if (words.main() !== 'none' || at('sweep') === 'none') return true;
      if (words.unresolved() && at('sweep') !== 'after K.until') return true;
      return Object.values(words.looks()).includes('no');
    },
  },
  {
    name: 'what the provider refused is not tried again before its time, a new spec or a request',
    from: 'docs/protocol.md#tables',
    broken: (plan, words) =>
      (isUpstreamWrite(plan) || kindOf(plan, 'prove')) &&
      // A refused rotation does not keep the fields back.
      !(plan.kind === 'update' && words.at('K') === 'start' && words.at('K.result') === 'refused') &&
      words.at('refused') === 'until later' &&
      !words.askedAgain(),
  },
  {
    name: 'a question asks what is not known yet',
    from: 'docs/decisions/005-turns-within-one-pass.md',
    broken: (plan, words) => {
      if (plan.kind === 'sweep' && words.at('mass change') === 'no list since the loss') return false;
      if (plan.kind === 'sweep')
        return (
          (words.at('sweep') === 'after K.until' && !words.young()) ||
          (plan.after === 0 && words.at('sweep') !== 'none')
        );
      if (plan.kind !== 'look') return false;
      if (plan.ids.includes(ids.former)) return words.at('look at the former id') !== 'no';
      if (words.main() !== 'none')
        return living(words) ? words.live() : words.at('look at the client') !== 'no';
      return !Object.values(words.looks()).includes('no');
    },
  },
];
