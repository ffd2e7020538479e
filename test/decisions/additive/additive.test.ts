import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withStyleDecisions } from '../../../scripts/style-table.ts';
import type { Plan } from '../../../src/machine-client/plan.ts';
import { type At, ids } from './facts.ts';
import { judgeEveryCase } from '../style-judge.ts';
import { additive } from './product.ts';
import { isLostForSure, setMayArrive, works, type Expected } from './rows.ts';

const say = (plan: Plan): string =>
  [
    plan.kind,
    ...('reason' in plan ? [plan.reason, plan.message] : []),
    ...('credentialId' in plan ? [plan.credentialId] : []),
  ].join(' ');

const meets = (plan: Plan, { plan: kind, reason, credential }: Expected): boolean =>
  plan.kind === kind &&
  (reason === undefined || ('reason' in plan && plan.reason === reason)) &&
  (credential === undefined || ('credentialId' in plan && plan.credentialId === ids[credential]));

/** What no plan may do, whatever is observed. */
const rules: Readonly<Record<string, (plan: Plan, at: At) => boolean>> = {
  'I7: a foreign credential is never deleted': (plan) =>
    plan.kind !== 'retire' || plan.credentialId !== ids.foreign,
  'I3: what a Secret that works holds is never deleted': (plan, at) =>
    plan.kind !== 'retire' || !works(at) || plan.credentialId !== ids.published,
  'I4: while the Secret works, nothing is deleted within the overlap': (plan, at) =>
    !(plan.kind === 'retire' || plan.kind === 'remove-client') ||
    !works(at) ||
    at.overlap === 'passed' ||
    // It was never published.
    (isLostForSure(at) && plan.kind === 'retire' && plan.credentialId === ids.lost),
  'I4: what was published lives through its overlap, though its Secret is gone': (plan, at) =>
    plan.kind !== 'retire' ||
    at.status === 'none' ||
    at.overlap === 'passed' ||
    plan.credentialId === ids.lost,
  'no mint without room': (plan, at) => plan.kind !== 'mint' || at.room === 'some',
  'nothing is written upstream while a mint may still arrive': (plan, at) =>
    !['mint', 'retire', 'remove-client', 'update'].includes(plan.kind) || at.K !== 'lost, fresh',
  'no set of keys is written while another one may still arrive': (plan, at) =>
    !['mint', 'retire', 'remove-client', 'update'].includes(plan.kind) || !setMayArrive(at),
  'a mint and a deletion follow a look in this very pass': (plan, at) =>
    !(plan.kind === 'mint' || plan.kind === 'retire') || at.shown === 'by a look',
  'a lost mint is named before the next fence': (plan, at) =>
    !['mint', 'retire', 'update'].includes(plan.kind) ||
    at['made during K'] !== 'not named' ||
    at.marks === 'on each',
};

test('every combination: one plan, the same one again, no rule broken, and what the table says', async () => {
  const { wrong, cases, tally } = judgeEveryCase(additive, { rules, say, meets });
  expect(wrong).toEqual({});
  expect(additive.rows.filter((row) => !tally.has(row)).map(({ facts }) => facts)).toEqual([]);
  expect(cases).toBeGreaterThan(10_000);
  const page = await readFile(join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');
  expect(withStyleDecisions(page, additive, { cases, tally }), 'run `npm run generate`').toBe(page);
}, 300_000);
