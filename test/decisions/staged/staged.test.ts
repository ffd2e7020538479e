import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withStyleDecisions } from '../../../scripts/style-table.ts';
import { decide } from '../../../src/machine-client/decide.ts';
import type { Facts } from '../../../src/machine-client/facts.ts';
import type { Plan } from '../../../src/machine-client/plan.ts';
import { spec } from '../../../src/machine-client/testing/facts.ts';
import { type At, factsOf, ids } from './facts.ts';
import { judgeEveryCase } from '../style-judge.ts';
import { staged } from './product.ts';
import { isLost, mayArrive, works, type Expected } from './rows.ts';

const meantBy = (plan: Plan): string | undefined => {
  if ('credentialId' in plan) return plan.credentialId;
  return 'suffix' in plan ? plan.suffix : undefined;
};

const say = (plan: Plan): string =>
  [plan.kind, ...('reason' in plan ? [plan.reason, plan.message] : []), meantBy(plan) ?? ''].join(' ');

const meets = (plan: Plan, { plan: kind, reason, credential }: Expected): boolean =>
  plan.kind === kind &&
  (reason === undefined || ('reason' in plan && plan.reason === reason)) &&
  (credential === undefined || meantBy(plan) === ids[credential]);

const writes = ['mint', 'turn', 'drop', 'remove-client', 'update'];

/** What no plan may do, whatever is observed. */
const rules: Readonly<Record<string, (plan: Plan, at: At) => boolean>> = {
  'I3: what a Secret that works holds is never dropped': (plan, at) =>
    plan.kind !== 'drop' || !works(at) || at['S holds'] !== 'the rotated one',
  'I3: nothing is staged where something is rotated, which it would end': (plan, at) =>
    plan.kind !== 'mint' || at.rotated === 'none' || at.current === 'has ended',
  'I4: nothing is dropped within the overlap': (plan, at) =>
    !(plan.kind === 'drop' || plan.kind === 'remove-client') || at.overlap === 'passed',
  'I7: what somebody has made is never turned back': (plan, at) =>
    plan.kind !== 'turn' || at['S came beside'] === 'the current one',
  'nothing is written upstream, nor read for a publication, while a stage, turn or drop may still arrive': (
    plan,
    at,
  ) => !mayArrive(at) || ![...writes, 'publish-read'].includes(plan.kind),
  'what a dead stage may have made is published or given up before anything else is written': (plan, at) =>
    !isLost(at) || !works(at) || !writes.includes(plan.kind),
  'a write, and what is published as read, follow a look in this very pass': (plan, at) =>
    !['mint', 'turn', 'drop', 'publish-read'].includes(plan.kind) || at.shown === 'by a look',
};

test('every combination: one plan, the same one again, no rule broken, and what the table says', async () => {
  const { wrong, cases, tally } = judgeEveryCase(staged, { rules, say, meets });
  expect(wrong).toEqual({});
  expect(staged.rows.filter((row) => !tally.has(row)).map(({ facts }) => facts)).toEqual([]);
  expect(cases).toBeGreaterThan(5_000);
  const page = await readFile(join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');
  expect(withStyleDecisions(page, staged, { cases, tally }), 'run `npm run generate`').toBe(page);
}, 300_000);

test('before a client is let go, what its Secret holds becomes the current secret: without the policy Keycloak drops the rotated one', () => {
  const at: At = {
    K: 'none',
    S: 'ok',
    'S holds': 'the rotated one',
    'S came beside': 'the current one',
    status: 'of S',
    rotated: 'one',
    current: 'lives',
    overlap: 'running',
    due: 'no',
    active: 'yes',
    lacks: 'nothing',
    duplicate: 'none',
    shown: 'by a look',
  };
  const leaving = (facts: Facts, deletionPolicy: 'Retain' | 'Delete'): Plan => {
    const { object, ...others } = spec({ deletionPolicy })(facts);
    return decide({ ...others, object: { ...object, deleting: true }, definition: 'stands' });
  };
  expect(leaving(factsOf(at), 'Retain')).toMatchObject({ kind: 'turn', suffix: ids.rotated });
  const turned = factsOf({ ...at, 'S holds': 'the current one', 'S came beside': 'another one' });
  expect(leaving(turned, 'Retain').kind).toBe('release-client');
  expect(leaving(factsOf(at), 'Delete').kind).toBe('remove-client');
});
