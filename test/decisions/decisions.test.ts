import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Tally } from '../../scripts/decision-rows.ts';
import { withDecisions } from '../../scripts/decision-table.ts';
import { decide } from '../../src/machine-client/decide.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import { explore } from './explore.ts';
import { factsOf } from './facts.ts';
import { products } from './products.ts';
import { rules } from './rules.ts';
import type { Expected, Row } from './row.ts';
import { consult, overlays, sections } from './table.ts';
import { wordsOf } from './words.ts';

/** Some fifteen seconds of one processor. */
const TIMEOUT_MS = 900_000;
const docs = join(import.meta.dirname, '../../docs');
const decision = join(docs, 'decisions/008-where-the-table-says-more-than-the-protocol.md');
const rows: readonly Row[] = [...sections.flatMap((section) => section.rows), ...overlays];

/** All that a plan says, in one string; what it refers to by its name. */
const sayAll = (plan: Plan): string => {
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

test(
  'every combination: one plan, the same one again, no rule broken, and what the table of the protocol says',
  async () => {
    /** By what is wrong, the first case of it. */
    const wrong = new Map<string, string>();
    const tally = new Tally<Row>();
    let cases = 0;
    for (const fixed of Object.values(products))
      cases += explore(fixed, (at, describe) => {
        const [facts, words] = [factsOf(at), wordsOf(at)];
        const complain = (what: string, plan: Plan): void => {
          if (!wrong.has(what)) wrong.set(what, `${sayAll(plan)} in the case ${describe()}`);
        };
        return () => {
          const plan = decide(facts);
          if (sayAll(decide(facts)) !== sayAll(plan)) complain('another plan the second time', plan);
          for (const rule of rules) if (rule.broken(plan, words)) complain(rule.name, plan);
          const { section, row, expected } = consult(words);
          tally.add(row, plan);
          if (!meets(plan, expected))
            complain(`${section}: ${row.facts}: ${expected.plan} ${expected.reason ?? ''}`, plan);
        };
      });
    expect(Object.fromEntries(wrong)).toEqual({});
    expect(rows.filter((row) => !tally.has(row)).map(({ facts }) => facts)).toEqual([]);
    const page = await readFile(join(docs, 'protocol.md'), 'utf8');
    expect(withDecisions(page, { cases, tally }), 'run `npm run generate`').toBe(page);
  },
  TIMEOUT_MS,
);

test('every row that is not in the protocol as modelled has its paragraph in the decision', async () => {
  const text = await readFile(decision, 'utf8');
  for (const { added } of rows) if (added !== undefined) expect(text).toContain(`**${added}.**`);
});
