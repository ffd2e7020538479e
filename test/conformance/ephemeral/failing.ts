import { expect } from 'vitest';
import type { Outcome } from '../../../src/providers/outcome.ts';
import type { Call } from '../../../src/providers/provider.ts';
import type { Check, Group } from '../behaviour.ts';
import type { EphemeralCall, EphemeralFault, EphemeralRig } from '../ephemeral-rig.ts';
import { faults } from '../faults.ts';
import { call, failure, value } from '../outcomes.ts';
import { refusals, serverErrors } from './answers.ts';
import type { Subject } from './subject.ts';

interface Act {
  readonly name: EphemeralCall;
  readonly write: boolean;
  readonly act: (subject: Subject, rig: EphemeralRig, under: Call) => Promise<Outcome<unknown>>;
}

const acts: readonly Act[] = [
  { name: 'issue', write: true, act: ({ wish }, { account }, under) => account.issue(wish, under) },
  { name: 'check', write: false, act: (_, { account }, under) => account.check(under) },
];

/** One request, never repeated; an error with the same text each time, and nothing in it that came from outside. */
const meet = async (
  { name, act }: Act,
  subject: Subject,
  fault: EphemeralFault,
  rig = subject.rig,
): Promise<ReturnType<typeof failure>> => {
  const before = rig.requests(name);
  const met: ReturnType<typeof failure>[] = [];
  const texts = new Set<string>();
  for (const _ of [1, 2]) {
    rig.fault(name, fault);
    const outcome = await act(subject, rig, call);
    met.push(failure(outcome));
    if (outcome.kind === 'ok') continue;
    const { message, errorType, requestId } = outcome.error;
    texts.add(message);
    const told = JSON.stringify([message, errorType, requestId]);
    expect(told).not.toMatch(/html|h1/i);
    for (const secret of [rig.login, ...rig.issued()]) expect(told).not.toContain(secret);
  }
  expect(texts.size).toBe(1);
  expect(rig.requests(name)).toBe(before + 2);
  const [first, second] = met;
  expect(second).toEqual(first);
  if (!first) throw new Error('nothing was asked');
  return first;
};

const noAnswer =
  (one: Act, phase: 'before' | 'after'): Check<Subject> =>
  async (subject) => {
    await using hasty = await subject.start({ timeoutMs: 150 });
    expect(await meet(one, subject, { fault: 'delay', ms: 2_000, phase }, hasty)).toMatchObject({
      kind: one.write ? 'unknown' : 'rejected',
      reason: 'ProviderUnreachable',
      retry: 'soon',
    });
  };

const underFaults = (one: Act): Group<Subject> => ({
  title: `${one.name} under faults`,
  faults: true,
  behaviours: [
    {
      name: 'of the connection, and of what stands before the provider',
      cases: () =>
        faults.map(([name, fault, ofWrite, ofRead, reason]) => [
          name,
          async (subject) => {
            expect(await meet(one, subject, fault)).toMatchObject({
              kind: one.write ? ofWrite : ofRead,
              reason,
            });
          },
        ]),
    },
    {
      name: 'refused: nothing was done',
      cases: () =>
        refusals.map(([name, fault, meaning]) => [
          name,
          async (subject) => {
            expect(await meet(one, subject, fault)).toMatchObject({ kind: 'rejected', ...meaning });
            expect(subject.rig.issued()).toEqual([]);
          },
        ]),
    },
    {
      name: 'an error of the server: nobody knows what was done',
      cases: () =>
        serverErrors.map(([name, fault, retryAfterMs]) => [
          name,
          async (subject) => {
            expect(await meet(one, subject, fault)).toMatchObject({
              kind: one.write ? 'unknown' : 'rejected',
              reason: 'ProviderUnavailable',
              retry: 'soon',
              retryAfterMs,
            });
          },
        ]),
    },
    {
      name: 'slow, and in pieces: it is waited for',
      check: async (subject) => {
        const { rig } = subject;
        rig.fault(one.name, { fault: 'slow-body', chunkBytes: 7, intervalMs: 5 });
        value(await one.act(subject, rig, call));
        expect(rig.requests(one.name)).toBe(1);
      },
    },
    {
      name: 'no answer in time',
      cases: () => [
        ['before the work', noAnswer(one, 'before')],
        ['after the work', noAnswer(one, 'after')],
      ],
    },
    {
      name: 'called off while it is under way',
      check: async (subject) => {
        const { rig } = subject;
        rig.fault(one.name, { fault: 'delay', ms: 2_000, phase: 'before' });
        const controller = new AbortController();
        const asked = one.act(subject, rig, { signal: controller.signal });
        await expect.poll(() => rig.requests(one.name)).toBe(1);
        controller.abort(new Error('enough'));
        expect(failure(await asked).kind).toBe(one.write ? 'unknown' : 'rejected');
      },
    },
  ],
});

export const failing: readonly Group<Subject>[] = acts.map(underFaults);
