import { Chance } from './chance.ts';
import { dialects, rival, type Kind } from './dialects.ts';
import { planOf, restartOf, withoutNulls } from './generate-rotation.ts';
import type { Seed } from './seeds.ts';
import {
  type Act,
  type Loss,
  type Refused,
  type Schedule,
  SECOND_NAMESPACE,
  type Settings,
  type Step,
  type Target,
} from './schedule.ts';
import type { ProviderName } from './upstreams/upstream.ts';

const names = ['one', 'two', 'three', 'four', 'five'];
const overlaps = ['0s', '10s', '45s', '2m', '5m'];

const specOf = (provider: ProviderName, chance: Chance, name: string): Record<string, unknown> => {
  const restart = chance.happens(0.5) ? restartOf(chance, name) : null;
  return {
    ...dialects[provider].fields(chance, name),
    ...(chance.happens(0.2) && { deletionPolicy: 'Retain' }),
    ...dialects[provider].fixed,
    rotation: {
      overlap: chance.pick(overlaps),
      ...(chance.happens(0.2) && { verification: 'Never' }),
      ...(chance.happens(0.4) && withoutNulls(planOf(chance))),
    },
    ...(restart && { restart: withoutNulls(restart) }),
  };
};

const editOf = (provider: ProviderName, chance: Chance, name: string): Record<string, unknown> =>
  chance.pick([
    { rotation: planOf(chance) },
    { rotation: { overlap: chance.pick(overlaps) } },
    { rotation: { verification: chance.pick(['Never', 'OnRotation']) } },
    { restart: restartOf(chance, name) },
    ...dialects[provider].edits(chance, name),
    { suspend: true },
    { suspend: false },
    ...dialects[provider].states,
    { deletionPolicy: 'Retain', ...dialects[provider].fixed },
    { rotation: { overlap: chance.pick(overlaps) } },
    { secret: { labels: { team: `t${chance.whole(1, 3)}` } } },
  ]);

/** Both clusters get it from one repository, in the same moment. */
const twinOf = (provider: ProviderName): Kind => [
  1,
  (chance, name) => ({ do: 'rival', name: `${name}-twin`, spec: specOf(provider, chance, `${name}-twin`) }),
];

/** Of the steps of every provider, with how often each is drawn. */
const kindsOf = (provider: ProviderName): readonly Kind[] => [
  [14, (chance, name) => ({ do: 'rotate', name, token: `t${chance.whole(1, 1e6)}` })],
  [9, (chance, name) => ({ do: 'edit', name, spec: editOf(provider, chance, name) })],
  [3, (chance, name) => ({ do: 'look', name, token: `t${chance.whole(1, 1e6)}` })],
  [3, (_, name) => ({ do: 'revoke', name, token: '1' })],
  [1, (chance, name) => ({ do: 'revoke-another', name, token: chance.pick(['0', '1', '2', '7', 'all']) })],
  [3, (chance, name) => ({ do: 'stick', name, ms: chance.whole(5_000, 300_000) })],
  [2, (_, name) => ({ do: 'lose-pod', name })],
  [1, (chance, name) => ({ do: 'scale', name, replicas: chance.whole(0, 3) })],
  [1, (chance, name) => ({ do: 'pause', name, on: chance.happens(0.7) })],
  [1, (_, name) => ({ do: 'remake', name })],
  [1, (_, name) => ({ do: 'undo', name })],
  [1, (chance, name) => ({ do: 'deploy', name, replicas: chance.whole(1, 2) })],
  [4, (_, name) => ({ do: 'delete', name })],
  [4, (chance, name) => ({ do: 'create', name, spec: specOf(provider, chance, name) })],
  [
    2,
    (chance, name) => ({
      do: 'brief',
      name: `${name}-brief`,
      spec: specOf(provider, chance, `${name}-brief`),
      ms: chance.pick([5, 30, 100, 1_000, 10_000]),
    }),
  ],
  ...(dialects[provider].kinds.includes(rival) ? [twinOf(provider)] : []),
  [2, (_, name) => ({ do: 'wipe-status', name })],
  [1, (_, name) => ({ do: 'wipe-operation', name })],
  [3, (_, name) => ({ do: 'restore', name })],
  [4, (_, name) => ({ do: 'delete-secret', name })],
  [3, (_, name) => ({ do: 'edit-secret', name })],
  [1, (_, name) => ({ do: 'unlabel-secret', name })],
  [2, (chance, name) => ({ do: 'rename-secret', name, to: chance.pick([name, `${name}-new`]) })],
  ...consoleOf(provider),
  ...dialects[provider].kinds,
  [10, (chance) => ({ do: 'kill', replica: replicaOf(chance), ms: chance.whole(500, 30_000) })],
  [2, (chance) => ({ do: 'term', replica: replicaOf(chance), ms: chance.whole(500, 10_000) })],
  [7, (chance) => ({ do: 'stop', replica: replicaOf(chance), ms: chance.whole(1_000, 50_000) })],
  [3, (chance) => ({ do: 'clock', replica: replicaOf(chance), ms: clockOf(chance) })],
  [
    7,
    (chance) => ({
      do: 'lag',
      resource: chance.pick(['machineclients', 'secrets', 'identityproviders', '*']),
      lagMs: chance.whole(300, 25_000),
      ms: chance.whole(5_000, 60_000),
    }),
  ],
  [1, (chance) => ({ do: 'definition', ms: chance.whole(0, 60_000) })],
  [3, () => ({ do: 'cut' })],
  [2, () => ({ do: 'compact' })],
  [1, () => ({ do: 'lose-key' })],
  [
    4,
    (chance) => ({
      do: 'storm',
      target: targetOf(chance),
      status: chance.pick([429, 500, 503]),
      share: chance.between(0.1, 1),
      ms: chance.whole(1_000, 40_000),
    }),
  ],
  [2, (chance) => ({ do: 'slow', ms: chance.whole(20_000, 180_000) })],
  [
    3,
    (chance) => ({
      do: 'refuse',
      what: chance.pick<Refused>(['fence', 'finalizer', 'status']),
      status: chance.pick([403, 422] as const),
      ms: chance.whole(5_000, 120_000),
    }),
  ],
  [3, (chance) => ({ do: 'outage', target: targetOf(chance), ms: chance.whole(1_000, 60_000) })],
  [
    9,
    (chance) => ({
      do: 'loss',
      target: targetOf(chance),
      what: chance.pick<Loss>(['before', 'after', 'late']),
      share: chance.between(0.1, 1),
      ms: chance.whole(1_000, 30_000),
    }),
  ],
];

const consoleOf = (provider: ProviderName): readonly Kind[] => {
  const { console } = dialects[provider];
  return console.length === 0
    ? []
    : [[7, (chance, name) => ({ do: 'console', name, what: chance.pick(console) })]];
};

const replicaOf = (chance: Chance): string => chance.pick(['A', 'B']);
const targetOf = (chance: Chance): Target => chance.pick(['api', 'upstream']);
const clockOf = (chance: Chance): number =>
  Math.round((chance.happens(0.5) ? 1 : -1) * chance.between(1, chance.pick([3_000, 60_000, 600_000])));

const NEXT_MS = [0, 4_000] as const;
const SOON_MS = [4_000, 90_000] as const;
const LATER_MS = [90_000, 600_000] as const;

const drawAct = (kinds: readonly Kind[], chance: Chance, name: string): Act => {
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  let left = chance.between(0, total);
  for (const [weight, draw] of kinds) {
    left -= weight;
    if (left < 0) return draw(chance, name);
  }
  return { do: 'cut' };
};

/** More than are removed without a question. */
const CROWD = 12;

/** Many objects, and the moment at which somebody deletes all of them. */
const massDeletion = (provider: ProviderName, chance: Chance, until: number): readonly Step[] => [
  ...Array.from({ length: CROWD }, (_, index): Step => {
    const name = `of-many-${index}`;
    const spec = { ...dialects[provider].fields(chance, name), rotation: { overlap: '10s' } };
    return { at: chance.whole(0, 3_000), act: { do: 'create', name, spec } };
  }),
  { at: chance.whole(30_000, Math.max(60_000, until)), act: { do: 'delete-all' } },
];

/**
 * Of one in eight something is there already: at once, or when much else happens. By a chance of its own, so that it moves
 * nothing else of the schedule.
 */
const beginningOf = (
  provider: ProviderName,
  seed: number,
  { at, act }: { readonly at: number; readonly act: Extract<Act, { do: 'create' }> },
): Step => {
  const { existing } = dialects[provider];
  const chance = new Chance(seed, `what is there before ${act.name}`);
  return existing.length > 0 && chance.happens(0.125)
    ? {
        at: chance.pick([at, chance.whole(0, 60_000)]),
        act: { ...act, do: 'adopt', beside: chance.pick(existing) },
      }
    : { at, act };
};

/** Requests do not say whose they are, or much is lost or deleted at once, which is counted by namespace. */
const isOfOne = (provider: ProviderName, steps: readonly Step[]): boolean =>
  dialects[provider].namesNoNamespace === true ||
  steps.some(({ act }) => act.do === 'wipe-clients' || act.do === 'delete-all');

/**
 * In one of six others use the same account, from a namespace of their own: some objects of the same names, and half of
 * all that happens to such a name happens to theirs. By a chance of its own, as above.
 */
const beside = (provider: ProviderName, seed: number, steps: readonly Step[]): readonly Step[] => {
  const chance = new Chance(seed, 'others');
  if (!chance.happens(1 / 6) || isOfOne(provider, steps)) return steps;
  const taken = new Set<string>();
  return steps.flatMap((step): readonly Step[] => {
    const { act } = step;
    const theirs = { ...step, namespace: SECOND_NAMESPACE } as const;
    if (act.do === 'create' || act.do === 'adopt') {
      if (!taken.has(act.name) && !chance.happens(0.6)) return [step];
      taken.add(act.name);
      const at = chance.happens(0.5) ? step.at : step.at + chance.whole(0, 3_000);
      return [step, { ...theirs, at, act: { ...act, spec: specOf(provider, chance, act.name) } }];
    }
    if (act.do === 'deploy') return taken.has(act.name) ? [step, theirs] : [step];
    if (act.do === 'delete-namespace') return [chance.happens(0.5) ? theirs : step];
    return 'name' in act && taken.has(act.name) && chance.happens(0.5) ? [theirs] : [step];
  });
};

/** Bursts of steps around the moments at which something is under way, and pauses in which it may end. */
export const generate = ({ provider, number: seed }: Seed): Schedule => {
  const isFirst = provider === 'stytch';
  const chance = new Chance(seed, isFirst ? 'schedule' : `schedule of ${provider}`);
  const kinds = kindsOf(provider);
  const settings: Settings = {
    replicas: chance.happens(0.35) ? 2 : 1,
    orphanPolicy: chance.pick(['Report', 'Delete']),
    resync: chance.pick(['1m', '2m', '3m']),
    latencyMs: chance.pick([5, 50, 400, 2_000]),
    noise: chance.pick([0, 0, 0.02, 0.08]),
    watchesPlans: chance.happens(0.2),
    ...(!isFirst && { switches: dialects[provider].switches(new Chance(seed, `switches of ${provider}`)) }),
  };
  const used = names.slice(0, chance.pick([1, 1, 2, 3, 5]));
  const steps: Step[] = used.map((name) => {
    const at = chance.whole(0, 3_000);
    return beginningOf(provider, seed, {
      at,
      act: { do: 'create', name, spec: specOf(provider, chance, name) },
    });
  });
  for (const name of used)
    if (chance.happens(0.7))
      steps.push({
        at: chance.whole(0, 6_000),
        act: { do: 'deploy', name, replicas: chance.whole(1, 2) },
      });
  const count = chance.pick([3, 6, 12, 20]);
  let at = chance.whole(0, 20_000);
  for (let drawn = 0; drawn < count; drawn++) {
    steps.push({ at, act: drawAct(kinds, chance, chance.pick(used)) });
    // Now and then long enough for plans, and for rollouts that hang.
    const pause = chance.next();
    const [least, most] = pause < 0.68 ? NEXT_MS : pause < 0.96 ? SOON_MS : LATER_MS;
    at += chance.whole(least, most);
  }
  const ending = chance.next();
  if (ending < 0.04) steps.push({ at: at + 120_000, act: { do: 'wipe-clients' } });
  else if (ending < 0.08) steps.push({ at, act: { do: 'delete-namespace' } });
  else if (ending < 0.12) steps.push({ at, act: { do: 'etcd-restore', ms: chance.whole(1_000, 60_000) } });
  else if (ending < 0.18) steps.push(...massDeletion(provider, chance, at));
  const holdsDeletions = steps.some(({ act }) => act.do === 'delete-all');
  return {
    seed,
    ...(!isFirst && { provider }),
    settings: { ...settings, holdsDeletions },
    steps: beside(
      provider,
      seed,
      steps.toSorted((a, b) => a.at - b.at),
    ).toSorted((a, b) => a.at - b.at),
  };
};
