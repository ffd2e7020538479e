import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Tally } from '../../scripts/decision-rows.ts';
import { withDecisions } from '../../scripts/decision-table.ts';
import { explore } from './explore.ts';
import { factsOf } from './facts.ts';
import { judge, sayAll } from './judge.ts';
import { products } from './products.ts';
import type { Row } from './row.ts';
import { overlays, sections } from './table.ts';
import { wordsOf } from './words.ts';

/** Some fifteen seconds of one processor. */
const TIMEOUT_MS = 900_000;
const docs = join(import.meta.dirname, '../../docs');
const decision = join(docs, 'decisions/008-where-the-table-says-more-than-the-protocol.md');
const rows: readonly Row[] = [...sections.flatMap((section) => section.rows), ...overlays];

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
        return () => {
          const { plan, row, wrong: complaints } = judge(facts, words);
          tally.add(row, plan);
          for (const what of complaints)
            if (!wrong.has(what)) wrong.set(what, `${sayAll(plan)} in the case ${describe()}`);
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
