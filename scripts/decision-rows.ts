/** Rows of decision tables, with what `decide` said in the cases of each. */
import type { Plan } from '../src/machine-client/plan.ts';

interface Row {
  readonly facts: string;
  /** Not in the protocol as it was modelled. */
  readonly added?: string;
}

const say = (plan: Plan): string => ('reason' in plan ? `${plan.kind} \`${plan.reason}\`` : plan.kind);

export const count = (cases: number): string => cases.toLocaleString('en-US');

/** How often each row was decided in which way. */
export class Tally<R extends Row> {
  readonly #plans = new Map<R, Map<string, number>>();

  add(row: R, plan: Plan): void {
    const said = say(plan);
    const plans = this.#plans.get(row) ?? new Map<string, number>();
    this.#plans.set(row, plans.set(said, (plans.get(said) ?? 0) + 1));
  }

  /** Whether it was decided at all. */
  has(row: R): boolean {
    return this.#plans.has(row);
  }

  /** For a table: facts, plans, cases. */
  cellsOf(rows: readonly R[]): readonly (readonly string[])[] {
    return rows.map((row) => {
      const plans = [...(this.#plans.get(row) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const total = plans.reduce((sum, [, cases]) => sum + cases, 0);
      return [
        row.added === undefined ? row.facts : `${row.facts} **+**`,
        plans.map(([plan]) => plan).join(', '),
        count(total),
      ];
    });
  }
}
