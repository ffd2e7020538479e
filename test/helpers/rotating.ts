import { inject } from 'vitest';
import { until } from './until.ts';
import { clientOf } from './upstream.ts';
import { World, type MachineClientWire } from './world.ts';

/** 40 s and an hour, of which the time scale of tests makes two seconds, and three minutes: longer than any test. */
export const SHORT_OVERLAP = '40s';
export const LONG_OVERLAP = '1h';

/** A world with an operator, a provider, and three clients that stay whole: a few that are lost are no mass then. */
export const worldWithWhole = async (): Promise<World> => {
  const world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  const whole = ['whole-1', 'whole-2', 'whole-3'];
  await Promise.all(whole.map((name) => world.client(name)));
  await Promise.all(whole.map((name) => world.ready(name)));
  return world;
};

export const annotate = (
  world: World,
  name: string,
  own: Record<string, string | null>,
): Promise<MachineClientWire> =>
  world.patch(name, {
    metadata: {
      annotations: Object.fromEntries(
        Object.entries(own).map(([key, value]) => [`machine-client.dev/${key}`, value]),
      ),
    },
  });

export const publishedVersion = (world: World, name: string, version: number): Promise<unknown> =>
  until(`${name} at version ${version}`, async () => {
    const { status } = await world.get(name);
    return status?.secretVersion === version;
  });

/** A client whose new credential is published while the old one lives on. Gives the old and the new value. */
export const inOverlap = async (
  world: World,
  name: string,
  spec: Record<string, unknown> = {},
): Promise<{ readonly old: string; readonly fresh: string }> => {
  await world.client(name, { rotation: { overlap: LONG_OVERLAP }, ...spec });
  await world.ready(name);
  const { clientSecret: old } = await world.credential(name);
  await annotate(world, name, { 'rotate-requested': 'first' });
  await world.condition(name, 'RotationInProgress', 'True', 'Overlap');
  const { clientSecret: fresh } = await world.credential(name);
  return { old, fresh };
};

/** Whether upstream accepts this secret of the one client that the object has. */
export const accepts = (world: World, name: string, value: string): boolean => {
  const { secret, nextSecret } = clientOf(world, name);
  return value === secret || value === nextSecret;
};
