import { chosenClientId } from '../../../providers/mark.ts';
import type { UpstreamClient } from '../../../providers/provider.ts';
import { isUnresolved } from '../../operation.ts';
import type { Plan, Policy } from '../../plan.ts';
import {
  isBorrowed,
  isKnown,
  judgementOf,
  lookAtNameless,
  mainClient,
  notYetLooked,
  presentIncarnation,
  recordedIds,
  type ReadyFacts,
} from '../locate.ts';
import {
  formerListedAfter,
  listedAfter,
  notShownYet,
  positionalInFlight,
  publishedLately,
} from './in-flight.ts';

const managedBySomebody = (facts: ReadyFacts, { id, mark }: UpstreamClient): Plan | undefined => {
  if (!mark) return undefined;
  const isNear = mark.installation === facts.installation && mark.namespace === facts.object.namespace;
  return {
    kind: 'hold',
    reason: 'ClientConflict',
    stalled: true,
    // Names of other namespaces are not this tenant's to know.
    message: `the client ${id} belongs to ${isNear ? `MachineClient ${mark.name}` : "a MachineClient of another namespace or installation; the operator's log names it"}`,
    inTheLog: mark.full,
  };
};

const adoption = (facts: ReadyFacts, ids: readonly string[]): Plan | undefined => {
  const { spec } = facts.object;
  // Also one that we recorded and that has lost its mark: it exists, so it is neither created again nor ours.
  const wanted = ids
    .map((id) => facts.provider.upstream.looked.get(id))
    .find((client) => client !== undefined);
  if (!wanted) return undefined;
  const conflict = managedBySomebody(facts, wanted);
  if (conflict) return conflict;
  if (spec.adoptionPolicy !== 'Existing' || !facts.provider.adoptionAllowed)
    return {
      kind: 'hold',
      reason: 'AdoptionNotAllowed',
      stalled: spec.adoptionPolicy !== 'Existing',
      message: `the client ${wanted.id} exists and is not ours; to take it over, set spec.adoptionPolicy: Existing here and clientPolicy.adoption: Allow on the provider`,
    };
  // Taken over with a list that the spec leaves out, it would be what the policy does not allow.
  const { excess, unfit } = judgementOf(facts, wanted);
  if (excess && !excess.managed)
    return { kind: 'hold', stalled: false, reason: excess.reason, message: excess.message };
  if (unfit) return { kind: 'hold', stalled: true, reason: unfit.reason, message: unfit.message };
  return {
    kind: 'update',
    client: wanted,
    fields: ['mark'],
    reason: 'Adopting',
    message: `the client ${wanted.id} is taken over`,
  };
};

/** `CredentialsOnly`: the client is looked for under its id, and never made. Its owner may still make it. */
const notThere = (facts: ReadyFacts): Plan => {
  const { clientId = '' } = facts.object.spec;
  if (notYetLooked(facts, [clientId]).length > 0) return { kind: 'look', ids: [clientId] };
  const found = facts.provider.upstream.looked.get(clientId);
  return (
    (found && managedBySomebody(facts, found)) ?? {
      kind: 'hold',
      reason: 'ClientNotFound',
      stalled: false,
      message: `there is no client ${clientId} at the provider, and managementPolicy CredentialsOnly makes none`,
    }
  );
};

/** Nothing bears our mark: look, take over, or create. */
export const noClient: Policy<ReadyFacts> = (facts) => {
  if (mainClient(facts)) return undefined;
  // Each pass begins without it, for no list shows it as ours: it is looked at, whatever may still arrive.
  if (isBorrowed(facts)) return notThere(facts);
  // A wanted id would be the same one again: what was on its way to the former client would meet the new one.
  const inFlight = positionalInFlight(facts);
  if (inFlight) return inFlight;
  const { operation, secret, object, provider, mark } = facts;
  const { sweptAt } = provider.upstream;
  // A list shows all at once what single looks would ask for one by one.
  if (sweptAt === undefined) return { kind: 'sweep', after: 0 };
  // A creation that was definitely refused left nothing under its id: a look would cost a request at each new try.
  const refused = operation?.kind === 'create' && operation.result !== undefined;
  const derived = refused ? chosenClientId(mark, operation.uid, operation.incarnation) : undefined;
  const ids = recordedIds(facts);
  // What something else names too is looked at all the same: it was there once.
  const recorded = [secret?.clientId, object.status.clientId, object.spec.clientId];
  const unknownIds = notYetLooked(
    facts,
    ids.filter((id) => id !== derived || recorded.includes(id)),
  );
  if (unknownIds.length > 0) return { kind: 'look', ids: unknownIds };
  const taken = adoption(facts, ids);
  if (taken) return taken;
  const { choosesClientId } = provider.capabilities;
  const unresolved = isUnresolved(operation, secret, object.status.operation);
  // A repeated creation collides where we choose the id: what is not shown yet is found then.
  const collides = choosesClientId && operation?.kind === 'create';
  const after =
    unresolved && collides ? Math.max(operation.until, formerListedAfter(facts)) : listedAfter(facts);
  if (sweptAt < after) return { kind: 'sweep', after };
  const nameless = lookAtNameless(facts);
  if (nameless) return nameless;
  const young = unresolved && publishedLately(facts) === undefined ? undefined : notShownYet(facts);
  if (young) return young;
  if (object.spec.clientId !== undefined && !choosesClientId)
    return {
      kind: 'hold',
      reason: 'ClientNotFound',
      stalled: true,
      message: `there is no client ${object.spec.clientId} to take over, and this provider chooses the ids of new ones; correct spec.clientId, or leave it out`,
    };
  const lost = isKnown(facts);
  // One more only when a client that we recorded is gone: a repeated creation must collide with its first try.
  const present = presentIncarnation(facts);
  const derivedIsGone =
    lost && chosenClientId(mark, object.uid, present) === (secret?.clientId ?? object.status.clientId);
  const incarnation = present + (derivedIsGone ? 1 : 0);
  return {
    kind: 'create',
    clientId:
      object.spec.clientId ?? (choosesClientId ? chosenClientId(mark, object.uid, incarnation) : undefined),
    incarnation,
    reason: 'Creating',
    message: lost ? 'the client is gone at the provider and is created again' : 'the client is created',
  };
};
