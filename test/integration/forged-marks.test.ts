import { expect, inject, test } from 'vitest';
import { type Mark, makeMark } from '../../src/providers/mark.ts';
import { quickFlags, quickSweeps } from '../helpers/any-world.ts';
import { calls, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { World } from '../helpers/world.ts';

/** Somebody in the console writes a part of our mark on clients of his own: that makes them nobody else's. */
interface Forged {
  readonly what: string;
  readonly start: () => Promise<ScalekitUpstream | AuthressUpstream>;
  /** Makes the clients; the ids. */
  readonly forge: (world: ForgedWorld, mark: Mark, other: Mark) => readonly string[];
  readonly mints: readonly string[];
}
type ForgedWorld = World<ScalekitUpstream | AuthressUpstream>;

const inScalekit = ({ upstream }: ForgedWorld, { short, full }: Mark, other: Mark): string[] => {
  if (upstream.type !== 'Scalekit') return [];
  const make = (description: string, name = 'Somebody’s'): string =>
    upstream.simulator.act({
      action: 'createClient',
      fields: { name, description, scopes: ['read:x'] },
    }).clientId ?? '';
  return [
    make(short, short),
    make(`[mco ${short} ${other.full} -]`),
    make(`[mco ${other.short} ${full} -]`),
    make(`as it was: [mco ${short} ${full} -]`),
  ];
};

const inAuthress = ({ upstream }: ForgedWorld, mark: Mark, other: Mark): string[] => {
  if (upstream.type !== 'Authress') return [];
  const make = (name: string, tags: Readonly<Record<string, string>> = {}): string =>
    upstream.simulator.act({ action: 'createClient', fields: { name, tags } }).clientId ?? '';
  const ours = Object.fromEntries(
    (['installation', 'namespace', 'name'] as const).map((part) => [
      `machine-client.dev/${part}`,
      mark[part],
    ]),
  );
  return [
    make(`Somebody’s [${mark.short}]`),
    make(`[${mark.short}]`, { 'machine-client.dev/name': mark.name }),
    make(`Somebody’s [${other.short}]`, ours),
    make(`[${mark.short}] in the middle`),
  ];
};

const cases: readonly Forged[] = [
  {
    what: 'Scalekit',
    start: () => ScalekitUpstream.start(),
    forge: inScalekit,
    mints: ['create', 'addSecret'],
  },
  ...(['full', 'summary'] as const).map((listItems) => ({
    what: `Authress, where the list shows a ${listItems}`,
    start: () => AuthressUpstream.start({ switches: { listItems } }),
    forge: inAuthress,
    mints: ['create', 'addKey'],
  })),
];

test.each(cases)('a forged mark adopts nothing and costs nothing: $what', async ({ start, forge, mints }) => {
  await using world: ForgedWorld = await World.over(inject('kubeconfig'), await start());
  const { upstream } = world;
  const [mark, other] = ['worker', 'other'].map((name) => makeMark(world.namespace, world.namespace, name));
  if (!mark || !other) throw new Error('two marks were made');
  const before = forge(world, mark, other);
  const portrait = (ids: readonly string[]) =>
    JSON.stringify(upstream.clients().filter(({ clientId }) => ids.includes(clientId)));
  const asBefore = portrait(before);
  world.operator(quickFlags);
  await world.provider({
    ...quickSweeps,
    orphanPolicy: 'Delete',
    clientPolicy: { adoption: 'Allow' },
  });
  // There are some already, and so are there when it has its own.
  await world.client('worker', { adoptionPolicy: 'Existing', rotation: { overlap: '0s' } });
  const id = (await world.ready('worker')).status?.clientId ?? '';
  expect(before).toHaveLength(4);
  expect(before).not.toContain(id);
  const secret = await world.getSecret('worker');
  const after = forge(world, mark, other);
  const all = [...before, ...after];
  const asAfter = portrait(all);
  const swept = calls(upstream.simulator, 'list');
  await until('two more sweeps', () => calls(upstream.simulator, 'list') >= swept + 2);

  expect(portrait(before)).toBe(asBefore);
  expect(portrait(all)).toBe(asAfter);
  expect(
    upstream
      .clients()
      .map(({ clientId }) => clientId)
      .toSorted(),
  ).toEqual([...all, id].toSorted());
  expect(said(await world.get('worker'), 'Ready')).toBe('True Ready: the Secret holds a working credential');
  expect(await world.works('worker')).toBe(true);
  expect(await world.getSecret('worker')).toEqual(secret);
  expect((await world.getProvider()).status?.['orphans']).toEqual({ count: 0, sample: [] });
  // His client came with one call, or with two where the first credential is a call of its own.
  const made = calls(upstream.simulator, ...mints);
  expect(made).toBe(upstream.type === 'Authress' ? 2 : 1);
});
