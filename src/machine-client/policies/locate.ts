import { chosenClientId, type Mark } from '../../providers/mark.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import type { Facts, Judgement, ReadyProvider } from '../facts.ts';
import type { Plan, Policy } from '../plan.ts';

/** Incarnations are few: one more for each time that the client was deleted behind our back. */
const MOST_INCARNATIONS = 64;

/** Facts of an object whose provider is ready. */
export type ReadyFacts = Facts & { readonly provider: ReadyProvider };

export const isReady = (facts: Facts): facts is ReadyFacts => facts.provider.state === 'ready';

/** A row that is asked only where the provider is ready. */
export const whenReady = (policy: Policy<ReadyFacts>): Policy<Facts> => {
  const asked: Policy<Facts> = (facts) => (isReady(facts) ? policy(facts) : undefined);
  // In the trail of a plan it stands for what it asks.
  return Object.defineProperty(asked, 'name', { value: policy.name });
};

/** A list showed no more of it than that it may be ours: it is read before anything is done about it. */
export const isSummary = (client: UpstreamClient): boolean =>
  client.mark === undefined && client.shortMark !== undefined;

/** The same, or it has another name since it was read: then it may be somebody else's by now. */
export const isUnread = (client: UpstreamClient): boolean => isSummary(client) || client.hidesMark === true;

/** Of a summary nothing is known: drift is looked for when the client is next read. */
const nothingKnown: Judgement = { differences: [] };
export const judgementOf = ({ provider }: ReadyFacts, { id }: UpstreamClient): Judgement =>
  provider.judged.get(id) ?? nothingKnown;

const isOurs = ({ mark }: Facts, client: UpstreamClient): boolean =>
  isSummary(client) ? client.shortMark === mark.short : client.mark?.full === mark.full;

/** `CredentialsOnly`: the client is somebody else's. It has no mark of ours, and goes by the id that the spec names. */
export const isBorrowed = ({ object }: Pick<Facts, 'object'>): boolean =>
  object.spec.managementPolicy === 'CredentialsOnly';

/** One that bears a mark is managed, by whomever: then it is not ours to borrow. */
const borrowed = ({ object, provider }: ReadyFacts): UpstreamClient | undefined =>
  provider.upstream.clients.find(
    ({ id, mark, shortMark }) => id === object.spec.clientId && mark === undefined && shortMark === undefined,
  );

/** All that bear our mark, the oldest first; where no creation time is reported, the lowest id. A borrowed one has none. */
export const marked = (facts: ReadyFacts): readonly UpstreamClient[] =>
  facts.provider.upstream.clients
    .filter((client) => !isBorrowed(facts) && isOurs(facts, client))
    .toSorted((a, b) => (a.createdTime ?? 0) - (b.createdTime ?? 0) || (a.id < b.id ? -1 : 1));

/**
 * The client of this object: the one in the Secret, else in status, else the wanted one, else the oldest that this object
 * has made, else the oldest marked.
 */
export const mainClient = (facts: ReadyFacts): UpstreamClient | undefined => {
  if (isBorrowed(facts)) return borrowed(facts);
  const ours = marked(facts);
  const { object, secret } = facts;
  const byId = (id: string | undefined): UpstreamClient | undefined =>
    ours.find((client) => client.id === id);
  return (
    byId(secret?.clientId) ??
    byId(object.status.clientId) ??
    byId(object.spec.clientId) ??
    ours.find(({ uid }) => uid === object.uid) ??
    ours[0]
  );
};

/** Which incarnation of the object of this uid chose the id; undefined: none did. */
const incarnationOf = (mark: Mark, uid: string, id: string): number | undefined => {
  for (let incarnation = 0; incarnation < MOST_INCARNATIONS; incarnation++)
    if (chosenClientId(mark, uid, incarnation) === id) return incarnation;
  return undefined;
};

/** It was made under an id that this object has chosen. */
export const isDerived = (mark: Mark, uid: string, id: string): boolean =>
  incarnationOf(mark, uid, id) !== undefined;

/** Which incarnation the next creation is: in the operation, else found again from the recorded id. */
export const presentIncarnation = (facts: Facts): number => {
  const { operation, object, secret, mark } = facts;
  if (operation?.uid === object.uid) return operation.incarnation;
  const recorded = secret?.clientId ?? object.status.clientId;
  return (recorded === undefined ? undefined : incarnationOf(mark, object.uid, recorded)) ?? 0;
};

/** Ids under which a client of ours may be, according to what we recorded. */
export const recordedIds = (facts: ReadyFacts): readonly string[] => {
  const { object, secret, operation, mark, provider } = facts;
  const derived =
    operation && provider.capabilities.choosesClientId
      ? chosenClientId(mark, operation.uid, operation.incarnation)
      : undefined;
  const minted = operation?.uid === object.uid ? operation.client : undefined;
  const ids = [secret?.clientId, object.status.clientId, object.spec.clientId, derived, minted];
  return [...new Set(ids.filter((id) => id !== undefined && id !== ''))] as string[];
};

export const notYetLooked = (facts: ReadyFacts, ids: readonly string[]): readonly string[] =>
  ids.filter((id) => !facts.provider.upstream.looked.has(id));

/**
 * What a lost creation may have made where a list of names hides whose it is, for somebody has changed the name since:
 * before anybody says that there is none, it is read.
 */
export const lookAtNameless = (facts: ReadyFacts): Plan | undefined => {
  const ids = notYetLooked(facts, facts.provider.upstream.nameless ?? []);
  return ids.length > 0 ? { kind: 'look', ids } : undefined;
};

/** What consumers had last, as the status names it: they may use it though its Secret is gone. */
export const lastPublishedId = ({ status }: Facts['object']): string | undefined =>
  status.credentials?.find(({ state }) => state === 'Current')?.id;

/** What consumers have, or had last. */
export const publishedId = ({ secret, object }: Pick<Facts, 'secret' | 'object'>): string | undefined =>
  secret?.credentialId ?? lastPublishedId(object);

/** A client of this object was recorded. */
export const isKnown = (facts: Facts): boolean =>
  facts.secret !== undefined || facts.object.status.clientId !== undefined;

/** Somebody may use a credential of this object: the mass guard speaks for it. */
export const hasPublished = (facts: Facts): boolean =>
  facts.secret !== undefined || facts.object.status.secretVersion !== undefined;
