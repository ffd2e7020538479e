import { annotations, finalizers } from '../../api/group.ts';
import { parseMachineClient } from '../../api/objects.ts';
import type { Condition } from '../../api/conditions.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import { chosenClientId, makeMark } from '../../providers/mark.ts';
import type { UpstreamClient, UpstreamCredential } from '../../providers/provider.ts';
import { usualEntries } from '../../providers/default-entries.ts';
import { stytch } from '../../providers/stytch/index.ts';
import type { Facts, Judgement, ReadyProvider } from '../facts.ts';
import { wantedLayout } from '../layout.ts';
import type { Operation, OperationKind } from '../../api/operation.ts';
import type { SecretView } from '../secret-view.ts';
import { makeTiming } from '../timing.ts';

/**
 * Facts for tests: an object at rest, from which each row of a table says only what differs.
 *
 *   facts(quiet, next('next'), secret({ credentialId: 'next' }), looked)
 */
export type Modifier = (facts: Facts) => Facts;

/** All ages and deadlines below are seconds before or after this moment. */
export const NOW = Date.UTC(2026, 5, 1, 12);
export const seconds = (count: number): number => NOW + count * 1000;
export const HOUR = 3600;

export const installation = 'inst';
const mark = makeMark(installation, 'ns', 'app');
const uid = 'uid-1';
export const derivedId = (incarnation = 0, of = uid): string => chosenClientId(mark, of, incarnation);

const base: Facts = {
  object: parseMachineClient({
    metadata: {
      name: 'app',
      namespace: 'ns',
      uid,
      resourceVersion: '1',
      generation: 1,
      finalizers: [finalizers.upstream],
    },
    spec: { providerRef: { name: 'stytch' } },
    status: { observedGeneration: 1 },
  }),
  now: NOW,
  installation,
  timing: makeTiming(20_000, 1),
  mark,
  operation: undefined,
  secret: undefined,
  strays: [],
  provider: {
    state: 'ready',
    capabilities: stytch.capabilities,
    style: 'two-phase',
    layout: [],
    imports: false,
    adoptionAllowed: false,
    refusal: undefined,
    kept: true,
    held: undefined,
    requestTimeoutMs: 10_000,
    judged: new Map(),
    takenOver: [],
    template: 'as-wanted',
    upstream: { sweptAt: seconds(-60), clients: [], looked: new Map() },
  },
  rivalForSecret: undefined,
  rivalForClient: undefined,
  namespaceTerminating: false,
  definition: 'stands',
  importRefuted: false,
  adoptableSecret: 'unknown',
};

/** What follows from all the rest: as `observe` derives it, at a provider with the usual entries. */
const derived: Modifier = (before) => {
  const { provider, object, secret } = before;
  if (provider.state !== 'ready' || provider.layout.length > 0) return before;
  const { clients, looked: read } = provider.upstream;
  const seen = [...clients, ...read.values()].filter((one) => one !== undefined);
  const said = provider.judged instanceof SaidOfAll ? provider.judged.judgement : undefined;
  const judgements = new Map(said && seen.map(({ id }) => [id, said]));
  const layout = wantedLayout(object.spec, { defaultEntries: usualEntries }, secret?.layout);
  const imports = object.spec.credential.importSecretRef !== undefined;
  return { ...before, provider: { ...provider, layout, imports, judged: judgements } };
};

export const facts = (...modifiers: readonly Modifier[]): Facts =>
  [...modifiers, derived].reduce((before, modify) => modify(before), base);

export const also =
  (...modifiers: readonly Modifier[]): Modifier =>
  (before) =>
    modifiers.reduce((all, modify) => modify(all), before);

// ---- the object ----------------------------------------------------------------------------------------------------

export const spec =
  (fields: Partial<MachineClientSpec>): Modifier =>
  (before) => ({ ...before, object: { ...before.object, spec: { ...before.object.spec, ...fields } } });
export const rotation = (fields: Partial<MachineClientSpec['rotation']>): Modifier => {
  return (before) => spec({ rotation: { ...before.object.spec.rotation, ...fields } })(before);
};
export const secretSpec = (fields: Partial<MachineClientSpec['secret']>): Modifier => {
  return (before) => spec({ secret: { ...before.object.spec.secret, ...fields } })(before);
};
export const status =
  (fields: Partial<MachineClientStatus>): Modifier =>
  (before) => ({ ...before, object: { ...before.object, status: { ...before.object.status, ...fields } } });
export const noStatus: Modifier = (before) => ({
  ...before,
  object: { ...before.object, status: { observedGeneration: -1 } },
});
export const condition = (
  fields: Pick<Condition, 'type' | 'status' | 'reason'> & Partial<Condition>,
): Modifier => {
  const added: Condition = { message: '', lastTransitionTime: '2026-01-01T00:00:00Z', ...fields };
  return (before) => {
    const others = (before.object.status.conditions ?? []).filter(({ type }) => type !== fields.type);
    return status({ conditions: [...others, added] })(before);
  };
};
export const annotated =
  (name: keyof typeof annotations, value: string): Modifier =>
  (before) => ({
    ...before,
    object: {
      ...before.object,
      annotations: { ...before.object.annotations, [annotations[name]]: value },
    },
  });
export const object =
  (fields: Partial<Facts['object']>): Modifier =>
  (before) => ({ ...before, object: { ...before.object, ...fields } });
export const deleting: Modifier = object({ deleting: true });
export const given =
  (fields: Partial<Facts>): Modifier =>
  (before) => ({ ...before, ...fields });

/** K: fenced `ageSeconds` ago, settled 25 s after that. */
export const operation = (
  kind: OperationKind,
  ageSeconds: number,
  fields: Partial<Operation> = {},
): Modifier =>
  given({
    operation: {
      id: 'op-2k',
      kind,
      at: seconds(-ageSeconds),
      until: seconds(25 - ageSeconds),
      uid,
      installation,
      incarnation: 0,
      ...fields,
    },
  });
export const FRESH = 5;
export const SETTLED = 120;

// ---- the Secret ----------------------------------------------------------------------------------------------------

export const secretView = (fields: Partial<SecretView> = {}): SecretView => ({
  namespace: 'ns',
  name: 'app',
  uid: 'secret-uid',
  resourceVersion: '7',
  deleting: false,
  labelled: true,
  immutable: false,
  merged: false,
  owner: { installation, namespace: 'ns', name: 'app', uid },
  operation: 'op-1s',
  clientId: derivedId(),
  credentialId: 'curr',
  version: 3,
  publishedAt: seconds(-48 * HOUR),
  rotatedAt: seconds(-48 * HOUR),
  renewed: false,
  imported: false,
  first: false,
  rotateRequest: undefined,
  abandonedOperation: undefined,
  integrity: 'ok',
  layout: [
    ['client-id', 'ClientID'],
    ['client-secret', 'ClientSecret'],
  ],
  template: 'as-wanted',
  ...fields,
});
export const secret =
  (fields: Partial<SecretView> = {}): Modifier =>
  (before) => ({ ...before, secret: { ...(before.secret ?? secretView()), ...fields } });
export const noSecret: Modifier = given({ secret: undefined });

// ---- the provider --------------------------------------------------------------------------------------------------

/** Said of every client, whichever there are. */
class SaidOfAll extends Map<string, Judgement> {
  readonly judgement: Judgement;

  constructor(judgement: Judgement) {
    super();
    this.judgement = judgement;
  }

  override get(): Judgement {
    return this.judgement;
  }
}
export const judged =
  (judgement: Partial<Judgement>): Modifier =>
  (before) => {
    const { judged: present } = before.provider as ReadyProvider;
    const said = present instanceof SaidOfAll ? present.judgement : { differences: [] };
    return provider({ judged: new SaidOfAll({ ...said, ...judgement }) })(before);
  };

export const provider =
  (fields: Partial<ReadyProvider>): Modifier =>
  (before) => {
    const ready = before.provider as ReadyProvider;
    const style = fields.capabilities?.style ?? ready.style;
    return { ...before, provider: { ...ready, style, ...fields } };
  };
const upstream =
  (fields: Partial<ReadyProvider['upstream']>): Modifier =>
  (before) =>
    provider({ upstream: { ...(before.provider as ReadyProvider).upstream, ...fields } })(before);
export const providerGone: Modifier = given({
  provider: { state: 'not-ready', reason: 'ProviderNotReady', message: 'the provider is not Ready' },
});
/** It may not be used, and its lists, of which the oldest began so many seconds from now, show nothing with the mark. */
export const withdrawn = (noneSince: number): Modifier =>
  given({
    provider: {
      state: 'denied',
      reason: 'NamespaceNotAllowed',
      message: 'the provider does not allow the namespace',
      noneSince: seconds(noneSince),
    },
  });
/** Seconds from now at which the last sweep began; undefined: there was none. */
export const swept = (at: number | undefined): Modifier =>
  upstream({ sweptAt: at === undefined ? undefined : seconds(at) });

/** A list of names shows these, made while K was under way, and not whose they are. */
export const nameless = (...ids: readonly string[]): Modifier => upstream({ nameless: ids });

const credential = (id: string, position: 'current' | 'next'): UpstreamCredential => ({
  id,
  suffix: id,
  position,
});
export const upstreamClient = (fields: Partial<UpstreamClient> = {}): UpstreamClient => ({
  id: derivedId(),
  mark,
  released: false,
  uid,
  displayName: 'app',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [credential('curr', 'current')],
  specific: {},
  ...fields,
});
const clientsOf = (before: Facts): readonly UpstreamClient[] =>
  (before.provider as ReadyProvider).upstream.clients;
export const client = (fields: Partial<UpstreamClient> = {}): Modifier => {
  return (before) => upstream({ clients: [...clientsOf(before), upstreamClient(fields)] })(before);
};
export const noClient: Modifier = upstream({ clients: [] });
/** The open rotation of every client. */
export const next = (id: string): Modifier => {
  return (before) =>
    upstream({
      clients: clientsOf(before).map((shown) => ({
        ...shown,
        credentials: [...shown.credentials, credential(id, 'next')],
      })),
    })(before);
};
export const change = (fields: Partial<UpstreamClient>): Modifier => {
  return (before) =>
    upstream({ clients: clientsOf(before).map((shown) => ({ ...shown, ...fields })) })(before);
};
/** Every client was read live in this pass. */
export const looked: Modifier = (before) =>
  upstream({ looked: new Map(clientsOf(before).map((shown) => [shown.id, shown])) })(before);
/** This id was read live: nothing there, or what is given (which is not ours unless it is in the list too). */
export const lookedAt = (id: string, found?: UpstreamClient): Modifier => {
  return (before) => {
    const { looked: map, clients } = (before.provider as ReadyProvider).upstream;
    return upstream({
      looked: new Map([...map, [id, found]]),
      // A live read replaces what a sweep showed.
      clients: found ? clients : clients.filter((shown) => shown.id !== id),
    })(before);
  };
};

// ---- whole situations ----------------------------------------------------------------------------------------------

const verified: Modifier = condition({
  type: 'CredentialVerified',
  status: 'True',
  reason: 'Verified',
});
/** A client, its Secret, the status of it: nothing is due. */
export const quiet: Modifier = also(
  client(),
  secret(),
  status({
    clientId: derivedId(),
    operation: 'op-1s',
    secretVersion: 3,
    lastRotationTime: new Date(seconds(-48 * HOUR)).toISOString(),
    credentials: [{ id: 'curr', suffix: '****curr', state: 'Current' }],
  }),
  verified,
);
/** A rotation of ours: the new credential is published and proven, the old one still alive. */
export const overlapping = (ageSeconds: number): Modifier =>
  also(
    quiet,
    next('next'),
    operation('start', ageSeconds, { id: 'op-1s' }),
    secret({ credentialId: 'next', publishedAt: seconds(-ageSeconds) }),
    status({
      lastRotationTime: new Date(seconds(-ageSeconds)).toISOString(),
      credentials: [
        { id: 'next', suffix: '****next', state: 'Current' },
        { id: 'curr', suffix: '****curr', state: 'Retiring' },
      ],
    }),
  );
/** A start of ours died after it was carried out: nobody knows the open secret. */
export const lostStart = (ageSeconds: number): Modifier =>
  also(quiet, next('lost'), operation('start', ageSeconds));
