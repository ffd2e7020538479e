import { decide } from '../../src/machine-client/decide.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import type { factsOf } from './facts.ts';
import { rules } from './rules.ts';
import type { Expected, Row } from './row.ts';
import { consult } from './table.ts';
import type { wordsOf } from './words.ts';

/** All that a plan says, in one string; what it refers to by its name. */
export const sayAll = (plan: Plan): string => {
  const parts: unknown[] = [plan.kind];
  if ('reason' in plan) parts.push(plan.reason, plan.message);
  if ('client' in plan) parts.push(plan.client.id);
  if ('clientId' in plan) parts.push(plan.clientId);
  if ('ids' in plan) parts.push(...plan.ids);
  if ('suffix' in plan) parts.push(plan.suffix);
  if ('until' in plan) parts.push(plan.until);
  return parts.join(' ');
};

const meets = (plan: Plan, { plan: kind, reason }: Expected): boolean =>
  plan.kind === kind && (reason === undefined || ('reason' in plan && plan.reason === reason));

export interface Judgement {
  readonly plan: Plan;
  readonly row: Row;
  /** What is wrong with the plan, in words that are the same for every case of its kind. */
  readonly wrong: readonly string[];
}

/**
 * What `decide` says in one case, and what is wrong with it. The test and the tables of docs/protocol.md both judge, so
 * that they ask for the same facts, and tell the same cases apart.
 */
export const judge = (facts: ReturnType<typeof factsOf>, words: ReturnType<typeof wordsOf>): Judgement => {
  const plan = decide(facts);
  const wrong: string[] = [];
  if (sayAll(decide(facts)) !== sayAll(plan)) wrong.push('another plan the second time');
  for (const rule of rules) if (rule.broken(plan, words)) wrong.push(rule.name);
  const { section, row, expected } = consult(words);
  if (!meets(plan, expected))
    wrong.push(`${section}: ${row.facts}: ${expected.plan} ${expected.reason ?? ''}`);
  return { plan, row, wrong };
};
