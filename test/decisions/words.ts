import type { At } from './dimensions.ts';

type Rollout = 'RolloutPending' | 'RolloutStuck';

/** The words of docs/protocol.md#words, said over the facts and not over the code of `src/`. */
export const wordsOf = (at: At) => {
  const none = (kind: string): boolean => kind === 'none';
  const fresh = (): boolean => !none(at('K')) && at('K.age') === 'fresh';
  /** Reads may not show yet what it was about; a creation that was refused was about nothing. */
  const young = (): boolean =>
    !none(at('K')) && at('K.age') !== 'settled' && (at('K') !== 'create' || at('K.result') === 'none');
  /** The same of what S was published with, where K was removed or is older than S. */
  const youngUnknown = (): boolean =>
    secretIs() &&
    (none(at('K')) || (at('K.age') !== 'fresh' && at('S.operation') !== 'K')) &&
    at('S.age') === 'young';
  const mint = (): boolean => at('K') === 'create' || at('K') === 'start';
  const positional = (): boolean => at('K') === 'promote' || at('K') === 'cancel';
  const secretIs = (): boolean => at('S') === 'present';
  const borrowed = (): boolean => at('the client is') === 'of somebody else';
  const management = () => (borrowed() ? 'CredentialsOnly' : at('management'));

  /** K is a mint, has no result, S is not from it and does not abandon it, and it published no Secret that is gone. */
  const unresolved = (): boolean => {
    if (!mint() || at('K.result') !== 'none') return false;
    return secretIs()
      ? at('S.operation') !== 'K' && at('S.abandoned-operation') !== 'K'
      : at('status.operation') !== 'K';
  };

  /** The client of the object: the one in S, else in status, else the wanted one, else the oldest with our mark. */
  const main = (): 'none' | 'client' | 'duplicate' => {
    if (at('client') === 'none') return 'none';
    if (at('duplicate') === 'none') return 'client';
    const recorded = [secretIs() ? at('S.client') : 'former', at('status.client')];
    return recorded.find((one) => one === 'client' || one === 'duplicate') ?? 'client';
  };
  const live = (): boolean =>
    main() === 'duplicate' ? at('look at the duplicate') !== 'no' : at('look at the client') !== 'no';

  const inSecret = (): boolean => secretIs() && at('S.client') === main() && at('S.credential') !== 'gone';
  const secretOk = (): boolean => secretIs() && at('S.integrity') === 'ok' && inSecret();
  const open = (): boolean => main() !== 'none' && at('next') === 'open';

  /** K = our start (unresolved or abandoned; given up alive, of this suffix), or our cancel of this suffix. */
  const openIsOurs = (): boolean => {
    if (!open()) return false;
    if (at('K') === 'cancel') return at('K.suffix') === 'of next';
    return (
      at('K') === 'start' &&
      at('K.result') === 'none' &&
      at('K.suffix') !== 'of another' &&
      !(secretIs() && at('S.operation') === 'K') &&
      at('status.operation') !== 'K'
    );
  };

  /** Deleting, with a client of somebody else: what is open was published, or is of our start or cancel. */
  const revocable = (): boolean =>
    open() &&
    ((secretIs() ? at('S.credential') === 'next' : at('status.published') === 'next') || openIsOurs());

  /** What S has published and status says so. */
  const publishedNext = (): boolean => open() && at('status.published') === 'next';

  /** What is held is what status says was published, so it is the version there that is named. */
  const overlapInStatusEnded = (): boolean =>
    at('overlap since status') === 'passed' ||
    (at('revoke-previous') === 'the present version' && (!secretIs() || at('status.operation') === 'S'));

  const revoked = (): boolean => at('revoke-previous') === 'the present version';

  /** Of an object that has lost nothing, what a person asked for: a rotation, or the end of the old credential. */
  const askedFor = (plan: string): boolean => {
    if (!secretOk()) return false;
    if (at('rotation') === 'asked' || at('rotation') === 'asked and tried') return true;
    const ends = plan === 'promote' || plan === 'cancel';
    return ends && (at('rotation') === 'asked and answered' || revoked());
  };

  /** Why it is closed, or what it asks for; `open`. */
  const gate = (): 'open' | 'needs look' | 'needs proof' | 'Inactive' | 'Settling' | 'Overlap' | Rollout => {
    if (at('state') === 'Inactive') return 'Inactive';
    if (unresolved()) return 'Settling';
    if (!revoked()) {
      if (at('restart') === 'pending') return 'RolloutPending';
      if (at('restart') === 'stuck') return 'RolloutStuck';
      if (at('overlap of S') === 'running') return 'Overlap';
      if (at('restart') === 'behind') return 'RolloutPending';
      if (at('restart') === 'not looked') return 'needs look';
    }
    const proof = at('verification') === 'OnRotation' && at('S.layout') === 'with the secret';
    const proven = (): boolean => at('status.operation') === 'S' && at('CredentialVerified') === 'yes';
    return proof && !proven() ? 'needs proof' : 'open';
  };

  const rotationDue = (): boolean => ['asked', 'asked and tried', 'planned and due'].includes(at('rotation'));
  /** Pauses while the client gives no token: nothing new could be proven. */
  const due = (): boolean => at('state') === 'Active' && at('active') === 'yes' && rotationDue();

  return {
    at,
    fresh,
    young,
    youngUnknown,
    mint,
    positional,
    unresolved,
    main,
    live,
    inSecret,
    secretIs,
    secretOk,
    open,
    openIsOurs,
    borrowed,
    management,
    revocable,
    publishedNext,
    overlapInStatusEnded,
    gate,
    revoked,
    askedFor,
    due,
    /** Somebody may use a credential of it. */
    published: (): boolean => secretIs() || at('status.operation') !== 'none',
    /** What the spec wants of the Secret besides its credential is not there. */
    shapeDiffers: (): boolean =>
      at('S.name') === 'former' || at('S.label') === 'gone' || at('S.template') === 'differs',
    /** A person, or a new spec, asks for another try. */
    askedAgain: (): boolean =>
      at('spec since status') === 'changed' ||
      at('reconcile-requested') === 'open' ||
      at('rotation') === 'asked',
    /** Ids under which the client may be, by what was recorded, and what a look at each has found. */
    looks: () => {
      const own = (): string => at('look at the client');
      const wanted = (): string =>
        borrowed() || at('client') === 'of the wanted id' ? own() : at('look at the wanted id');
      const ofK = (): string =>
        at('K.uid') === 'ours' && at('K.incarnation') === 'first' ? own() : at('look at the id of K');
      return {
        get ofS() {
          if (!secretIs()) return undefined;
          return at('S.client') === 'former' ? at('look at the former id') : own();
        },
        get ofStatus() {
          return at('status.client') === 'none' ? undefined : own();
        },
        get wanted() {
          return at('wanted id') === 'none' ? undefined : wanted();
        },
        get ofK() {
          return none(at('K')) || borrowed() ? undefined : ofK();
        },
      };
    },
  };
};

export type Words = ReturnType<typeof wordsOf>;
