import { afterAll, afterEach, beforeEach, describe, test } from 'vitest';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import type { Capabilities } from '../../src/providers/provider.ts';
import { checksOf, missing, type Behaviour, type Check, type Subject } from './behaviour.ts';
import { failing } from './failing.ts';
import { call } from './outcomes.ts';
import type { Rig } from './rig.ts';
import { withClients } from './suites.ts';
import { createAs, wish as usualWish } from './wish.ts';

export { faults } from './faults.ts';
export { call, failure, textOf, value } from './outcomes.ts';
export { create, createAs, mark, wish } from './wish.ts';

/** `member`: what the spec must hold for this provider. */
const subjectOf = (rig: Rig, capabilities: Capabilities, member: object): Subject => {
  const fields: Subject['fields'] = (wanted) =>
    Object.fromEntries(Object.entries(wanted).filter(([field]) => capabilities.fields.includes(field)));
  const wishFor = (spec: object, uid?: string) => ({
    ...usualWish({}, uid),
    spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec, ...member }),
  });
  const wish: Subject['wish'] = (spec, uid) =>
    wishFor(fields({ displayName: 'App', scopes: ['read:a'], ...spec }), uid);
  return {
    rig,
    capabilities,
    fields,
    wish,
    unmanaged: wishFor({}),
    create: (spec, incarnation) => createAs(rig, wish(spec), incarnation),
    works: async (id, { values }) => (await rig.account.prove(id, values, call)).kind === 'ok',
    only: () => {
      const [client, ...others] = rig.clients();
      if (!client || others.length > 0) throw new Error(`${rig.clients().length} clients`);
      return client;
    },
  };
};

/**
 * What every provider must do, against its simulator. It is driven by the declared capabilities: a provider that
 * cannot do a thing says so, and is not asked to.
 */
export const providerConformance = (
  capabilities: Capabilities,
  start: () => Promise<Rig>,
  options: { readonly faults?: boolean; readonly spec?: object } = {},
): void => {
  let rig: Rig;
  let subject: Subject;
  beforeEach(async () => {
    rig = await start();
    subject = subjectOf(rig, capabilities, options.spec ?? {});
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const ran = new Set<Behaviour>();
  const failed = new Set<Behaviour>();
  let tests = 0;
  const run =
    (behaviour: Behaviour, check: Check): (() => Promise<void>) =>
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
  for (const group of withClients.groups) {
    const asked = group.behaviours.filter((behaviour) => missing(behaviour, capabilities) === undefined);
    if (asked.length === 0 || (group === failing && options.faults === false)) continue;
    describe(group.title, () => {
      for (const behaviour of asked)
        for (const [name, check] of checksOf(behaviour, capabilities)) test(name, run(behaviour, check));
    });
  }

  afterAll(() => {
    if (tests > 0)
      console.log(`${rig.account.type}: ${ran.size - failed.size} of ${ran.size} behaviours, ${tests} tests`);
  });
};
