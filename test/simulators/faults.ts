import * as z from 'zod';

/** Which calls a rule is for; what is absent does not narrow. */
const matching = {
  operations: z.array(z.string()).min(1).optional(),
  clientId: z.string().optional(),
  /** The first call that it acts on, counting the calls that match from 1, since the rule was set. */
  nth: z.int().min(1).optional(),
  /** How many calls it acts on; default 1 with `nth`, else no end. */
  times: z.int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
};

/** Whether the provider has done the work (`after`) or not (`before`, the default) when the fault strikes. */
const phase = z.enum(['before', 'after']).default('before');

const faultRule = z.discriminatedUnion('fault', [
  z.strictObject({
    ...matching,
    /**
     * `drop-…`: the connection is closed without an answer, before or after the work is done.
     * `hold-…`: the call waits until it is released (see holds.ts).
     * `truncate`: done, half of the answer's body, then a reset.
     */
    fault: z.enum(['drop-before', 'drop-after', 'hold-before', 'hold-after', 'truncate']),
  }),
  z.strictObject({ ...matching, fault: z.literal('delay'), ms: z.number().min(0), phase }),
  z.strictObject({
    ...matching,
    fault: z.literal('status'),
    status: z.int().min(200).max(599),
    /** Default: the one that belongs to the status. */
    errorType: z.string().optional(),
    headers: z.record(z.string(), z.string()).default({}),
    /** The provider's error shape, or a page as proxies write it. */
    body: z.enum(['json', 'html']).default('json'),
    phase,
  }),
  z.strictObject({
    ...matching,
    fault: z.literal('redirect'),
    location: z.string(),
    status: z.int().min(300).max(399).default(307),
    phase,
  }),
  z.strictObject({ ...matching, fault: z.literal('html-502'), phase }),
  z.strictObject({
    ...matching,
    /** Done, and the answer's body comes in small pieces. */
    fault: z.literal('slow-body'),
    chunkBytes: z.int().min(1).default(16),
    intervalMs: z.number().min(0).default(50),
  }),
  z.strictObject({
    ...matching,
    /** Done twice, one after the other, as where something on the way sends the request again; one of the answers comes back. */
    fault: z.literal('repeat'),
    answer: z.enum(['first', 'second']).default('first'),
  }),
]);

const faultRules = z.union([z.array(faultRule), faultRule.transform((rule) => [rule])]);

/** A rule as one writes it: `{ fault: 'drop-after', operations: ['create'], times: 1 }`. */
export type FaultRule = z.input<typeof faultRule>;
/** A rule with its defaults filled in. */
export type Fault = z.output<typeof faultRule>;

/** A rule in force, with how many calls it has matched and acted on. */
export type FaultStatus = Fault & { readonly seen: number; readonly applied: number };

interface Entry {
  readonly rule: Fault;
  seen: number;
  applied: number;
}

/** The rules in force. For each call the first rule that matches, is due and not used up strikes. */
export class FaultBook {
  readonly #operations: ReadonlySet<string>;
  readonly #random: () => number;
  #entries: Entry[] = [];

  constructor(operations: readonly string[], random: () => number) {
    this.#operations = new Set(operations);
    this.#random = random;
  }

  /** Replaces all rules by these: one rule or a list. Throws on an unknown operation, since it would never strike. */
  set(input: unknown): void {
    this.#entries = this.#parse(input);
  }

  add(input: unknown): void {
    this.#entries.push(...this.#parse(input));
  }

  list(): FaultStatus[] {
    return this.#entries.map(({ rule, seen, applied }) => ({ ...rule, seen, applied }));
  }

  pick(operation: string, clientId: string | null): Fault | undefined {
    let picked: Entry | undefined;
    for (const entry of this.#entries) {
      const { rule } = entry;
      if (rule.operations !== undefined && !rule.operations.includes(operation)) continue;
      if (rule.clientId !== undefined && rule.clientId !== clientId) continue;
      entry.seen++;
      if (picked === undefined && this.#isDue(entry)) picked = entry;
    }
    if (picked !== undefined) picked.applied++;
    return picked?.rule;
  }

  #isDue({ rule, seen, applied }: Entry): boolean {
    const times = rule.times ?? (rule.nth === undefined ? Number.POSITIVE_INFINITY : 1);
    if (seen < (rule.nth ?? 1) || applied >= times) return false;
    return rule.probability === undefined || this.#random() < rule.probability;
  }

  #parse(input: unknown): Entry[] {
    const rules = faultRules.parse(input);
    for (const name of rules.flatMap((rule) => rule.operations ?? [])) {
      if (!this.#operations.has(name)) throw new Error(`no operation is called "${name}"`);
    }
    return rules.map((rule) => ({ rule, seen: 0, applied: 0 }));
  }
}
