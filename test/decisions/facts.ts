import type { Reason } from '../../src/api/reasons.ts';
import type { Facts, HeldDeletion, ProviderFacts, ReadyProvider } from '../../src/machine-client/facts.ts';
import type { Operation } from '../../src/api/operation.ts';
import type { Consumer } from '../../src/kube/rollout/workload.ts';
import { publicationOf } from '../../src/machine-client/publication.ts';
import type { SecretView } from '../../src/machine-client/secret-view.ts';
import { installation, seconds, secretView, upstreamClient } from '../../src/machine-client/testing/facts.ts';
import { wantedLayout } from '../../src/machine-client/layout.ts';
import { usualEntries } from '../../src/providers/default-entries.ts';
import { makeMark } from '../../src/providers/mark.ts';
import type { UpstreamClient, UpstreamCredential } from '../../src/providers/provider.ts';
import { type At, type Dimension, mayBeHidden } from './dimensions.ts';
import {
  AFTER_OVERLAP,
  base,
  clientIdOf,
  ids,
  objectOf,
  operationIds,
  recordedId,
  SECRET_VERSION,
  secretOperation,
  suffixes,
  token,
  WITHIN_OVERLAP,
} from './object-facts.ts';

const ready = base.provider as ReadyProvider;
const uids = { ours: base.object.uid, another: 'uid-0' } as const;

const operationOf = (at: At): Operation => ({
  id: operationIds.K,
  get at() {
    return seconds({ fresh: -5, young: -45, settled: -120 }[at('K.age')]);
  },
  get kind() {
    const kind = at('K');
    if (kind === 'none') throw new Error('there is no K');
    return kind;
  },
  get until() {
    return seconds({ fresh: 20, young: -20, settled: -95 }[at('K.age')]);
  },
  get uid() {
    return uids[at('K.uid')];
  },
  get installation() {
    return at('K.installation') === 'ours' ? installation : 'elsewhere';
  },
  get incarnation() {
    return at('K.incarnation') === 'first' ? 0 : 1;
  },
  get suffix() {
    const suffix = at('K.suffix');
    if (suffix === 'none') return undefined;
    return suffix === 'of next' ? suffixes.next : 'oth3';
  },
  get request() {
    return at('rotation') === 'asked and tried' ? token : undefined;
  },
  get result() {
    return at('K.result') === 'none' ? undefined : 'rejected';
  },
});

const secretOf = (at: At): SecretView => ({
  ...secretView(),
  version: SECRET_VERSION,
  get name() {
    return at('S.name') === 'wanted' ? 'app' : 'former';
  },
  get labelled() {
    return at('S.label') === 'there';
  },
  get immutable() {
    return at('S.immutable') === 'yes';
  },
  get operation() {
    return secretOperation(at);
  },
  get clientId() {
    return recordedId(at, 'S.client') ?? '';
  },
  get credentialId() {
    return suffixes[at('S.credential')];
  },
  get publishedAt() {
    if (mayBeHidden(at)) return seconds(at('S.age') === 'young' ? -30 : AFTER_OVERLAP);
    if (at('overlap of S') === 'passed') return seconds(AFTER_OVERLAP);
    return at('restart') === 'just published' ? base.now : seconds(WITHIN_OVERLAP);
  },
  get rotatedAt() {
    return seconds(at('rotation') === 'planned' ? WITHIN_OVERLAP : AFTER_OVERLAP);
  },
  get renewed() {
    return at('S.brought') === 'another credential';
  },
  get rotateRequest() {
    return at('rotation') === 'asked and answered' ? token : undefined;
  },
  get abandonedOperation() {
    return at('S.abandoned-operation') === 'K' ? operationIds.K : undefined;
  },
  get integrity() {
    return at('S.integrity');
  },
  get layout() {
    const id = ['client-id', 'ClientID'] as const;
    return at('S.layout') === 'with the secret' ? [id, ['client-secret', 'ClientSecret'] as const] : [id];
  },
  get template() {
    return at('S.template') === 'same' ? 'as-wanted' : 'as-before';
  },
});

const foreignMark = makeMark(installation, 'ns', 'neighbour');

const sweptAt = (at: At): number | undefined =>
  ({ none: undefined, 'before K.until': seconds(-110), 'after K.until': seconds(-10) })[at('sweep')];

/** Not spread: a getter that is spread is read. */
const withDeletionGuard = <T extends object>(at: At, facts: T): T & HeldDeletion =>
  Object.defineProperties(facts, {
    deletionHeld: {
      get: () => (at('mass deletion') === 'held' ? 'many clients are marked for deletion' : undefined),
    },
    deletionQuietUntil: { get: () => (at('mass deletion') === 'watched' ? seconds(5) : undefined) },
  });

const providerOf = (at: At, { spec }: Facts['object']): ReadyProvider => {
  const credential = (position: 'current' | 'next'): UpstreamCredential => ({
    id: suffixes[position],
    suffix: suffixes[position],
    position,
  });
  const [current, next] = [credential('current'), credential('next')];
  const bare = upstreamClient();
  const show = (more: Pick<UpstreamClient, 'id'>): UpstreamClient => ({
    ...bare,
    get id() {
      return more.id;
    },
    get mark() {
      return at('the client is') === 'ours' ? bare.mark : undefined;
    },
    get active() {
      return at('active') === 'yes';
    },
    get credentials() {
      return at('next') === 'open' ? [current, next] : [current];
    },
  });
  const client = show({
    get id() {
      return clientIdOf(at);
    },
  });
  const duplicate = show({ id: ids.duplicate });
  const stranger = (id: string, mark: UpstreamClient['mark']): UpstreamClient => ({ ...bare, id, mark });

  /** What a look at this id found; undefined: nobody looked. */
  const look = (id: string): { readonly found: UpstreamClient | undefined } | undefined => {
    const dimension = lookedAs(at, id);
    const saw = at(dimension);
    if (saw === 'no') return undefined;
    if (saw === 'nothing') return { found: undefined };
    if (saw === 'seen') return { found: id === ids.duplicate ? duplicate : client };
    return { found: stranger(id, saw === 'unmarked' ? undefined : foreignMark) };
  };
  return withDeletionGuard(at, {
    ...ready,
    get imports() {
      return spec.credential.importSecretRef !== undefined;
    },
    get layout() {
      return wantedLayout(spec, { defaultEntries: usualEntries }, undefined);
    },
    get kept() {
      const stays = at('provider stays');
      return stays === 'is being deleted' ? 'leaving' : stays === 'yes';
    },
    get adoptionAllowed() {
      return at('adoption allowed') === 'yes';
    },
    get refusal() {
      const refusal = at('refusal');
      return refusal === 'none' ? undefined : { reason: refusal, message: 'it cannot be' };
    },
    get held() {
      return at('mass change') === 'held' ? 'many clients are gone' : undefined;
    },
    get quietUntil() {
      return at('mass change') === 'watched' ? seconds(5) : undefined;
    },
    get lostSince() {
      return at('mass change') === 'no list since the loss' ? base.now : undefined;
    },
    judged: {
      get: () => ({
        get differences() {
          const field = at('differs');
          return field === 'nothing' ? [] : [field];
        },
      }),
    } as unknown as ReadyProvider['judged'],
    upstream: {
      get sweptAt() {
        return sweptAt(at);
      },
      get clients() {
        // What was looked at is on the list too, whosever it is (observe.ts).
        if (at('client') === 'none') {
          const stranger = look(at('the client is') === 'ours' ? ids.derived : ids.wanted)?.found;
          return stranger ? [stranger] : [];
        }
        return at('duplicate') === 'none' ? [client] : [client, duplicate];
      },
      looked: {
        has: (id: string) => look(id) !== undefined,
        get: (id: string) => look(id)?.found,
      } as ReadyProvider['upstream']['looked'],
    },
  });
};

const consumerOf = (
  restart: 'behind' | 'pending' | 'stuck' | 'rolled out',
  secret: SecretView,
): Consumer => ({
  kind: 'Deployment',
  name: 'consumer',
  uid: 'uid-consumer',
  publication:
    restart === 'behind'
      ? { version: String(SECRET_VERSION - 1), operation: 'op-before' }
      : publicationOf(secret),
  waitsFor: restart === 'pending' || restart === 'stuck' ? 'its rollout' : undefined,
});

/** Which fact says what a look at this id showed. */
const lookedAs = (at: At, id: string): Extract<Dimension, `look at ${string}`> => {
  if (id === ids.duplicate) return 'look at the duplicate';
  if (id === ids.former) return 'look at the former id';
  if (id === clientIdOf(at)) return 'look at the client';
  return id === ids.wanted ? 'look at the wanted id' : 'look at the id of K';
};

const unusable = {
  missing: { state: 'missing', reason: 'ProviderNotFound' },
  'not-ready': { state: 'not-ready', reason: 'ProviderNotReady' },
  denied: { state: 'denied', reason: 'NamespaceNotAllowed' },
  withdrawn: { state: 'denied', reason: 'NamespaceNotAllowed' },
} as const satisfies Record<string, { state: string; reason: Reason }>;

/** The facts of the case that is being explored. Built once; every read of it is a read of the case. */
export const factsOf = (at: At): Facts => {
  const object = objectOf(at);
  const [operation, secret, provider] = [operationOf(at), secretOf(at), providerOf(at, object)];
  const stray = secretView({ name: 'stray' });
  return {
    ...base,
    object,
    get operation() {
      return at('K') === 'none' ? undefined : operation;
    },
    get secret() {
      return at('S') === 'absent' ? undefined : secret;
    },
    get strays() {
      return at('stray Secret') === 'none' ? [] : [stray];
    },
    get provider(): ProviderFacts {
      const state = at('provider');
      if (state === 'ready') return provider;
      return withDeletionGuard(at, {
        ...unusable[state],
        message: 'the provider cannot be used',
        get noneSince() {
          return state === 'withdrawn' ? sweptAt(at) : undefined;
        },
      });
    },
    get rivalForSecret() {
      return at('rival for the Secret') === 'none' ? undefined : 'neighbour';
    },
    get rivalForClient() {
      return at('rival for the client') === 'none' ? undefined : 'ns/neighbour';
    },
    get namespaceTerminating() {
      return at('namespace') === 'terminating';
    },
    get definition() {
      const definition = at('definition');
      return definition === 'not looked at' ? undefined : definition;
    },
    get adoptableSecret() {
      return at('adoptable Secret');
    },
    get consumers() {
      const restart = at('restart');
      return restart === 'none' || restart === 'just published' || restart === 'not looked'
        ? undefined
        : [consumerOf(restart, secretOf(at))];
    },
    get importRefuted() {
      return at('import') === 'refuted';
    },
  };
};
