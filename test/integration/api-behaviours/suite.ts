import { afterAll, beforeAll } from 'vitest';
import { aside } from './aside.ts';
import { creating } from './creating.ts';
import { deleting } from './deleting.ts';
import { listing } from './listing.ts';
import { namespaces } from './namespaces.ts';
import { Place } from './place.ts';
import type { Rig } from './rig.ts';
import { secrets } from './secrets.ts';
import { status } from './status.ts';
import { updating } from './updating.ts';
import { watching } from './watching.ts';
import { workloads } from './workloads.ts';

/**
 * What the operator relies on of an API server, and what the simulation relies on of its own. The very same assertions
 * are made on both; where they differ, memory is wrong.
 */
export const behaviours = (make: () => Promise<Rig>): void => {
  let rig: Rig;
  let place: Place;
  beforeAll(async () => {
    rig = await make();
    place = await Place.make(rig);
  });
  afterAll(() => Place.leaveAll(rig));
  const here = (): Place => place;
  creating(here);
  updating(here);
  status(here);
  deleting(here);
  secrets(here);
  aside(here);
  listing(here);
  watching(here);
  workloads(here);
  namespaces(here);
};
