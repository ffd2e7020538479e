import { afterAll, afterEach, beforeEach, describe, test } from 'vitest';
import type { Account, Capabilities } from '../../src/providers/provider.ts';
import { type Behaviour, type Check, checksOf, type Group, missing } from './behaviour.ts';

interface Rigged {
  readonly rig: AsyncDisposable & { readonly account: Pick<Account, 'type'> };
}

/** Registers what is asked of a provider with these capabilities, and prints at the end how much of it held. */
export const runBehaviours = <Subject extends Rigged>(
  groups: readonly Group<Subject>[],
  capabilities: Capabilities,
  start: () => Promise<Subject>,
): void => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await start();
  });
  afterEach(() => subject.rig[Symbol.asyncDispose]());

  const ran = new Set<Behaviour<Subject>>();
  const failed = new Set<Behaviour<Subject>>();
  let tests = 0;
  const run =
    (behaviour: Behaviour<Subject>, check: Check<Subject>): (() => Promise<void>) =>
    async () => {
      ran.add(behaviour);
      tests++;
      try {
        await check(subject);
      } catch (error) {
        failed.add(behaviour);
        throw error;
      }
    };
  for (const { title, behaviours } of groups) {
    const asked = behaviours.filter((behaviour) => missing(behaviour, capabilities) === undefined);
    if (asked.length === 0) continue;
    describe(title, () => {
      for (const behaviour of asked)
        for (const [name, check] of checksOf(behaviour, capabilities))
          test(name, run(behaviour, check), behaviour.timeoutMs);
    });
  }

  afterAll(() => {
    if (tests > 0)
      console.log(
        `${subject.rig.account.type}: ${ran.size - failed.size} of ${ran.size} behaviours, ${tests} tests`,
      );
  });
};
