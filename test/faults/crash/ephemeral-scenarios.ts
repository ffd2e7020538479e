import { annotations } from '../../../src/api/group.ts';
import { secrets } from '../../../src/kube/resource.ts';
import { atRest, type Scenario } from './scenario.ts';
import type { Picture, Site } from './site.ts';

/**
 * Ephemeral secrets belong to no client, and no request names the object that it is for: each object has a payer of its
 * own, by whom its calls are known.
 */
const newPayer = async ({ world, reader }: Site, object: string): Promise<string> => {
  const { clientId } = await world.upstream.createForeign('');
  reader.name(clientId, object);
  return clientId;
};

const make = async (site: Site, object: string) =>
  await site.world.client(object, { plastiq: { payerId: await newPayer(site, object) } });

const again: Scenario['done'] = (picture, object) => atRest(picture, object, 2);

/** With the time scale of these tests (5): due when 8 seconds of the half hour are over. */
const soonDue = '149m20s';
const isSoonDue = (picture: Picture, object: string): boolean => {
  const { rotateBefore } = (picture.objects.get(object)?.spec['rotation'] ?? {}) as { rotateBefore?: string };
  return rotateBefore === soonDue;
};

export const ephemeralScenarios: readonly Scenario[] = [
  { name: 'issue', id: 'issue', prepare: async () => {}, act: make, done: atRest },
  {
    name: 'issue anew before its end',
    id: 'due',
    prepare: make,
    act: ({ world }, object) => world.patch(object, { spec: { rotation: { rotateBefore: soonDue } } }),
    // Issued anew, it has its half hour: otherwise it would be due again and again.
    drive: async ({ world }, picture, object) => {
      if (!isSoonDue(picture, object) || (picture.objects.get(object)?.status?.secretVersion ?? 0) < 2)
        return;
      await world.patch(object, { spec: { rotation: { rotateBefore: null } } });
    },
    done: (picture, object) => again(picture, object) && !isSoonDue(picture, object),
    probed: true,
  },
  {
    name: 'another payer',
    id: 'payer',
    prepare: make,
    act: async (site, object) =>
      site.world.patch(object, { spec: { plastiq: { payerId: await newPayer(site, object) } } }),
    done: again,
    probed: true,
  },
  {
    name: 'Secret deleted',
    id: 'deleted',
    prepare: make,
    act: ({ world }, object) => world.kube.delete(secrets, world.ref(object)),
    done: again,
  },
  {
    name: 'delete',
    id: 'delete',
    prepare: make,
    act: ({ world }, object) => world.delete(object),
    done: (picture, object) => !picture.objects.has(object),
    ends: 'gone',
  },
  {
    name: 'a person asks for another one',
    id: 'rotate',
    prepare: make,
    act: ({ world }, object) =>
      world.patch(object, { metadata: { annotations: { [annotations.rotateRequested]: 'now' } } }),
    done: again,
    probed: true,
  },
  {
    name: 'two leaders, issue',
    id: 'leaders-issue',
    prepare: async () => {},
    act: make,
    done: atRest,
    leaders: true,
  },
];
