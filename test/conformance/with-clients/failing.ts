import { expect } from 'vitest';
import type { Behaviour, Check, Group } from '../behaviour.ts';
import { faults } from '../faults.ts';
import { failure, textOf } from '../outcomes.ts';
import { portCalls, prepare } from './port-calls.ts';
import type { Subject } from './subject.ts';

const meets =
  ({ name, write, act }: (typeof portCalls)[number], fault: (typeof faults)[number]): Check<Subject> =>
  async (subject) => {
    const { rig } = subject;
    const [, what, ofWrite, ofRead, reason] = fault;
    const created = await prepare(subject, name);
    const before = rig.requests(name);
    rig.fault(name, what);
    const outcome = await act(subject, created);
    expect(failure(outcome)).toMatchObject({ kind: write ? ofWrite : ofRead, reason });
    // One request, never repeated.
    expect(rig.requests(name)).toBe(before + 1);
    if (outcome.kind === 'ok') return;
    expect(outcome.error.message).not.toMatch(/html|h1/i);
    expect(outcome.error.message).not.toContain(textOf(created.credential));
    if (reason === 'RateLimited') expect(outcome.error.retryAfterMs).toBe(7_000);
  };

const underFaults = (portCall: (typeof portCalls)[number]): Behaviour<Subject> => ({
  name: portCall.name,
  ...(portCall.needs && { needs: portCall.needs }),
  cases: () => faults.map((fault) => [fault[0], meets(portCall, fault)]),
});

/** What a fault means; a variant of the simulator changes nothing of it. */
export const failing: Group<Subject> = {
  title: 'under faults',
  faults: true,
  behaviours: portCalls.map(underFaults),
};
