import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../../simulators/raw-client.ts';
import type { Behaviour, Path, Request } from './behaviour.ts';
import type { Asked, Place, Rig } from './rig.ts';

/**
 * The very same requests and expectations for a real server and for our simulator of it. Where they differ, the simulator
 * is wrong.
 */
export const wireBehaviours = <Act extends string>(
  behaviours: readonly Behaviour<Act>[],
  make: () => Promise<Rig<Act>>,
): void => {
  let rig: Rig<Act>;
  beforeAll(async () => {
    rig = await make();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  test.each(behaviours.map((one) => [one.name, one] as const))('%s', async (_, { place: where, steps }) => {
    const place = await rig.place(where);
    const own = `b${randomBytes(4).toString('hex')}`;
    const words = new Map(Object.entries({ ...place.words(own), own }));
    for (const [index, step] of steps.entries()) {
      if ('act' in step) await place.act(step.act);
      else await take(place, words, step, `step ${index + 1}, ${step.ask}`);
    }
  });
};

const take = async (
  place: Place<never>,
  words: Map<string, string>,
  step: Request,
  which: string,
): Promise<void> => {
  const answer = await place.send(askedBy(step, words));
  const { status, text, json, headers } = answer;
  expect(status, `${which}: ${text}`).toBe(step.answer);
  if (step.holds !== undefined) expect(json, which).toMatchObject(filled(step.holds, words) as object);
  if (step.is !== undefined) expect(json ?? text, which).toEqual(filled(step.is, words));
  if (step.headers) expect(headers, which).toMatchObject(filled(step.headers, words) as object);
  for (const [name, claim] of Object.entries(step.claims ?? {}))
    expect(claimsOf(json)[name], `${which}: ${name}`).toEqual(filled(claim, words));
  for (const name of step.lacks?.names ?? [])
    expect(at(json, step.lacks?.in ?? []), which).not.toHaveProperty([name]);
  for (const [name, path] of Object.entries(step.keep ?? {})) words.set(name, kept(answer, path, which));
};

/** Of the access token: that it is signed well is for whoever gets it. */
const claimsOf = (json: unknown): Readonly<Record<string, unknown>> => {
  const { access_token: token = '' } = json as { readonly access_token?: string };
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(claims) as Readonly<Record<string, unknown>>;
};

const askedBy = (step: Request, words: ReadonlyMap<string, string>): Asked => {
  const [method = '', ...path] = step.ask.split(' ');
  const to = { method, path: fill(path.join(' '), words), as: fill(step.as ?? 'operator', words) };
  if (step.form) {
    const form = new URLSearchParams(filled(step.form, words) as Record<string, string>);
    return { ...to, body: form.toString(), contentType: 'application/x-www-form-urlencoded' };
  }
  const body = step.send === undefined ? step.text : JSON.stringify(filled(step.send, words));
  return { ...to, body, contentType: body === undefined ? undefined : 'application/json' };
};

const kept = ({ json, headers }: RawAnswer, path: Path, which: string): string => {
  const value = path[0] === 'headers' ? at(headers, path.slice(1)) : at(json, path);
  if (typeof value !== 'string') throw new Error(`${which}: there is no text at ${path.join('.')}`);
  return value;
};

const at = (value: unknown, path: Path): unknown =>
  path.reduce((one: unknown, name) => (one as Record<string | number, unknown> | undefined)?.[name], value);

const WORD = /\$([A-Za-z]\w*)/g;

const fill = (text: string, words: ReadonlyMap<string, string>): string =>
  text.replaceAll(WORD, (_, name: string) => {
    const word = words.get(name);
    if (word === undefined) throw new Error(`nothing is kept as $${name}`);
    return word;
  });

/** A copy with the words filled in. What vitest compares by (`expect.any`) stays as it is. */
const filled = (value: unknown, words: ReadonlyMap<string, string>): unknown => {
  if (typeof value === 'string') return fill(value, words);
  if (Array.isArray(value)) return value.map((one) => filled(one, words));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [fill(key, words), filled(one, words)]),
  );
};
