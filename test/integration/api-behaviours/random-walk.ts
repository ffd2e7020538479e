import type { Anonymous } from './anonymous.ts';
import { isRecord } from './rig.ts';
import { machineClient, type Resource, secret } from './place.ts';

/** A request to be made on any server; what it says of versions and uids is filled in from what that server said. */
export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly resource: Resource;
  readonly rest: string;
  readonly body: ((seen: Anonymous) => unknown) | undefined;
}

type Metadata = (seen: Anonymous) => Record<string, unknown>;

/** Numbers that look random and are the same for a seed (Park and Miller). */
const numbers = (seed: number): (() => number) => {
  let state = seed * 7_919 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

const NAMES = ['one', 'two', 'three'];
const FINALIZERS = ['tests.dev/a', 'tests.dev/b', 'tests.dev/c'];

/** So many steps about few objects, so that they meet each other in every state. */
export const randomWalk = (seed: number, length: number): Step[] => {
  const random = numbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const one = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  const chance = (probability: number): boolean => random() < probability;
  const some = <T>(choices: readonly T[]): T[] => choices.filter(() => chance(0.5));

  const metadata = (): Metadata => {
    const labels = chance(0.4)
      ? one([null, {}, { app: 'x' }, { app: 'y', tier: null }, { tier: 'z' }])
      : undefined;
    const annotations = chance(0.3) ? one([null, { note: 'a' }, { note: 'b', more: 'c' }]) : undefined;
    const finalizers = chance(0.4) ? one([null, [], some(FINALIZERS)]) : undefined;
    const version = chance(0.3) ? below(1_000) : undefined;
    const uid = chance(0.3) ? below(50) : undefined;
    return (seen) => ({
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
      ...(finalizers !== undefined && { finalizers }),
      ...(version !== undefined && { resourceVersion: seen.version(version) }),
      ...(uid !== undefined && { uid: seen.uid(uid) }),
    });
  };

  /** Without what rules in CEL speak of: they are not evaluated in memory. */
  const spec = (): Record<string, unknown> => ({
    ...(chance(0.3) && { state: one(['Active', 'Inactive', null, 'Bogus']) }),
    ...(chance(0.3) && { scopes: one([null, [], ['a'], ['a', 'b'], ['a', 'a'], 'a']) }),
    ...(chance(0.2) && { description: one([null, '', 'text', 5]) }),
    ...(chance(0.2) && { rotation: one([null, {}, { interval: '1h' }, { overlap: null, bogus: 1 }]) }),
    ...(chance(0.2) && { customMetadata: one([null, {}, { any: { thing: [1] } }]) }),
  });

  const status = (): Record<string, unknown> => ({
    ...(chance(0.5) && { observedGeneration: one([1, 2, null, 'one']) }),
    ...(chance(0.5) && { clientId: one(['a', 'b', null]) }),
    ...(chance(0.2) && { secretVersion: one([1, -5, null]) }),
    ...(chance(0.2) && { bogus: 1 }),
  });

  const data = (): Record<string, unknown> => ({
    ...(chance(0.4) && { stringData: one([{ a: 'x' }, { b: 'y' }, {}, { 'a b': 'x' }]) }),
    ...(chance(0.4) && { data: one([null, { a: null }, { c: 'eA==' }, { a: 'eA==', c: null }]) }),
    ...(chance(0.1) && { type: one(['Opaque', 'other', null]) }),
    ...(chance(0.1) && { immutable: one([true, false, null]) }),
  });

  const step = (): Step => {
    const resource = one(['machineclients', 'secrets'] as const);
    const name = one(NAMES);
    const dry = chance(0.15) ? '?dryRun=All' : '';
    const said = metadata();
    const isSecret = resource === 'secrets';
    const content = (): object => (isSecret ? data() : { ...(chance(0.8) && { spec: spec() }) });
    const whole = isSecret
      ? secret(name, withoutNulls(data()))
      : machineClient(name, {}, withoutNulls(spec()));
    const full = (seen: Anonymous): object => ({ ...whole, metadata: { name, ...said(seen) } });
    const dice = random();
    if (dice < 0.2) {
      const fresh = chance(0.9);
      const body = (seen: Anonymous): unknown => {
        const { resourceVersion: _, ...rest } = said(seen);
        return { ...whole, metadata: { name, ...(fresh ? rest : said(seen)) } };
      };
      return { method: 'POST', resource, rest: dry, body };
    }
    if (dice < 0.5) {
      const patch = content();
      return {
        method: 'PATCH',
        resource,
        rest: `/${name}${dry}`,
        body: (seen) => ({ metadata: said(seen), ...patch }),
      };
    }
    if (dice < 0.65) {
      // Of a spec beside it the real one notes, in `managedFields`, that somebody wanted it, and that is a change.
      const patch = chance(0.9) ? { status: chance(0.1) ? null : status() } : {};
      return {
        method: 'PATCH',
        resource: 'machineclients',
        rest: `/${name}/status${dry}`,
        body: (seen) => ({ metadata: said(seen), ...patch }),
      };
    }
    if (dice < 0.77) return { method: 'PUT', resource, rest: `/${name}${dry}`, body: full };
    if (dice < 0.87) {
      const uid = chance(0.3) ? below(50) : undefined;
      const version = chance(0.3) ? below(1_000) : undefined;
      const body = (seen: Anonymous): unknown => ({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: {
          ...(uid !== undefined && { uid: seen.uid(uid) }),
          ...(version !== undefined && { resourceVersion: seen.version(version) }),
        },
      });
      return { method: 'DELETE', resource, rest: `/${name}${dry}`, body };
    }
    if (dice < 0.97) return { method: 'GET', resource, rest: `/${name}`, body: undefined };
    return { method: 'GET', resource, rest: one(['', '?labelSelector=app%3Dx']), body: undefined };
  };
  return Array.from({ length }, step);
};

/** A null in a new object is another matter than a null in a patch. */
const withoutNulls = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isRecord(value) ? withoutNulls(value) : value]),
  );
