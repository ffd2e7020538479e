import { annotations } from '../../../src/api/group.ts';
import { events as eventResource, type KubeObject } from '../../../src/kube/resource.ts';
import { until } from '../../helpers/until.ts';
import type { Ground } from './ground.ts';
import type { Parked } from './parking.ts';
import { arrives } from './point.ts';
import { condition } from './scenario.ts';
import { publishedIn } from './settled.ts';
import { longOverlap, overlap, type Picture } from './site.ts';

interface EventWire extends KubeObject {
  readonly reason?: string;
  readonly regarding?: { readonly name?: string };
}

const said = async (ground: Ground, object: string, reason: string): Promise<boolean> => {
  const { kube, namespace } = ground.site.world;
  return await until(`event ${reason}`, async () => {
    const all = await kube.list<EventWire>(eventResource, { namespace });
    return all.some((event) => event.reason === reason && event.regarding?.name === object);
  }).catch(() => false);
};

/**
 * Limit e: a mint that arrives when its operation is settled makes a credential that nobody knows. Nothing tells it from
 * one that somebody made in the console, so it is not ours to end: the Secret works all the while, the object says so,
 * and a person removes it in the console.
 */
export const endForeignRotations = async (ground: Ground, held: readonly Parked[]): Promise<void> => {
  const { world } = ground.site;
  const [type, reason] =
    world.upstream.style === 'additive'
      ? ['RotationInProgress', 'ForeignCredential']
      : ['RotationBlocked', 'ForeignRotationOpen'];
  const before = await ground.site.picture();
  const open = held
    .filter(({ step }) => ['rotateStart', 'addSecret', 'addKey'].includes(step.brief))
    .map(({ object }) => object)
    .filter((object) => (before.clients(object)[0]?.credentials.length ?? 0) > 1);
  if (open.length === 0) return;
  await ground.wait('the late start is reported', (picture) =>
    open.filter((object) => condition(picture, object, type)?.reason !== reason),
  );
  const told = await ground.site.picture();
  for (const object of open) {
    if (condition(told, object, 'Ready')?.status !== 'True')
      ground.report(object, 'limit e', ['Ready is not True while a late start is open']);
    const { clientId = '', credentials = [] } = told.clients(object)[0] ?? {};
    await world.upstream.deleteCredential(clientId, credentials.at(-1)?.id ?? '');
    ground.limit('e');
  }
  await ground.lookAgain(open);
};

/**
 * Limit e, of a machine under load: the process is killed while its mint is on the way, and it arrives when the operation
 * is settled. What was made within an operation is the operator's to remove; what was not, a person removes.
 */
export const endLateCredentials = async (
  ground: Ground,
  picture: Picture,
  objects: readonly string[],
): Promise<void> => {
  const { world, fences } = ground.site;
  if (world.upstream.style !== 'additive') return;
  for (const object of objects) {
    if (condition(picture, object, 'RotationInProgress')?.reason !== 'ForeignCredential') continue;
    const held = publishedIn(picture, object);
    for (const { clientId, credentials } of picture.clients(object))
      for (const { id, value, createdAt } of credentials) {
        const inTime = fences.get(object)?.some(({ at, until }) => createdAt >= at && createdAt <= until);
        if (value === held || inTime === true) continue;
        await world.upstream.deleteCredential(clientId, id);
        ground.limit('e');
      }
  }
};

/**
 * Limit e: where ids cannot be chosen, a creation that arrives when its operation is settled makes a second client. The
 * next sweep shows it, it goes through the gate, and an event says so.
 */
export const awaitDuplicatesRemoved = async (ground: Ground, held: readonly Parked[]): Promise<void> => {
  const before = await ground.site.picture();
  const doubled = held
    .filter(({ step }) => step.brief === 'create')
    .map(({ object }) => object)
    .filter((object) => before.clients(object).length > 1);
  if (doubled.length === 0) return;
  await ground.wait('the next sweep shows the duplicates', (picture) =>
    doubled.filter((object) => picture.clients(object).length > 1),
  );
  for (const object of doubled) {
    ground.limit('e');
    if (!(await said(ground, object, 'DuplicateRemoved')))
      ground.report(object, 'limit e', ['no event DuplicateRemoved']);
  }
};

/** Those of them that write all credentials of a client at once: they may undo what came after them. */
const setsAmong = ({ site }: Ground, held: readonly Parked[]): readonly Parked[] =>
  held.filter(({ step }) => step.brief === site.world.upstream.writesSet);

/** Before such a set arrives when its operation is settled: from then on nobody counts on its object. */
export const expectSets = (ground: Ground, held: readonly Parked[]): void => {
  ground.breaches((object) => object);
  for (const { object } of setsAmong(ground, held)) ground.excuse(object);
};

/**
 * Limit a, where credentials are one set: one that arrives when its operation is settled puts back what it was made from. The
 * bound is this one write: the next look sees it, a new credential is made where the published one is gone, and what came
 * back goes again. That all is well afterwards is asked as it is of every object.
 */
export const boundSets = (ground: Ground, held: readonly Parked[]): void => {
  const objects = new Set(setsAmong(ground, held).map(({ object }) => object));
  if (objects.size === 0) return;
  for (const { object, text } of ground.site.watchman.take()) {
    const isOfSet = /^I4: \w+ retired a credential|^I3: after \w+ the credential/.test(text);
    if (objects.has(object) && isOfSet) continue;
    ground.report(object, objects.has(object) ? 'limit a' : object, [text]);
  }
  for (const _ of objects) ground.limit('a');
};

/**
 * Limit a: a promote or cancel acts by position, so one that arrives while the next rotation is open acts on that.
 * The bound is this one rotation: the operator does not repeat it, says when the published credential was lost by
 * it, and heals it with a new one.
 */
export const arriveIntoNext = async (ground: Ground): Promise<void> => {
  const { world, parking, watchman } = ground.site;
  const held = parking.parked.filter(({ mode }) => arrives(mode) === 'into-next');
  if (held.length === 0) return;
  const objects = held.map(({ object }) => object);
  ground.breaches((object) => object);
  const next = {
    metadata: { annotations: { [annotations.rotateRequested]: 'next' } },
    spec: { rotation: { overlap: longOverlap.spec } },
  };
  for (const object of objects) {
    watchman.setOverlap(object, longOverlap.ms);
    ground.excuse(object);
  }
  await Promise.all(objects.map((object) => world.patch(object, next)));
  await ground.wait('the next rotation is published', (picture) =>
    objects.filter(
      (object) => picture.clients(object)[0]?.credentials[1]?.value !== publishedIn(picture, object),
    ),
  );
  await Promise.all(held.map((one) => one.letGo('while the next rotation is open')));
  for (const object of objects) watchman.setOverlap(object, ground.site.overlapMs);
  await Promise.all(objects.map((object) => world.patch(object, { spec: { rotation: { overlap } } })));
  await ground.lookAgain(objects);
  await ground.finish(objects);
  const found = watchman.take();
  for (const { object, step } of held) {
    const texts = found.filter((one) => one.object === object).map(({ text }) => text);
    const cancelled = step.brief === 'rotateCancel';
    const bound = cancelled
      ? texts.filter((text) => text === 'I4: a cancel retired a credential that was published')
      : texts.filter((text) => text.startsWith('I4: rotate retired a credential'));
    const others = texts.filter((text) => !bound.includes(text) && !(cancelled && text.startsWith('I3')));
    if (bound.length === 1) ground.limit('a');
    else ground.report(object, 'limit a', [`${bound.length} credentials were retired by it, not one`]);
    ground.report(object, 'limit a', others);
    if (cancelled && !(await said(ground, object, 'RotationDisturbed')))
      ground.report(object, 'limit a', ['no event RotationDisturbed']);
  }
};
