import * as z from 'zod';

/** Switches that every simulator has. A provider's own schema extends this one. */
export const serverSwitches = z.strictObject({
  /** Milliseconds added to every provider call: one half before it is committed, the other half after. */
  latencyMs: z.number().min(0).default(0),
  /** So many calls are let in within any 60 seconds, of all operations together; the others are 429. 0: no limit. */
  rateLimit: z.int().min(0).default(0),
  /** So many calls of the list are let in within any second; the others are 429. 0: no limit. */
  listRateLimit: z.int().min(0).default(0),
  /** Clients younger than this are shown by no read, neither one by one nor in a list; calls that write know them. */
  readLagMs: z.number().min(0).default(0),
  /** What errors come with: the provider's own words, a sentence alone as AWS has it, or no body at all. */
  errorBody: z.enum(['present', 'message', 'absent']).default('present'),
  /**
   * What a gateway does with an Authorization header on a management call: it refuses the call, ignores the
   * header (the gateway sets its own), or passes it on and the provider checks it.
   */
  gatewayAuthorization: z.enum(['refuse', 'ignore', 'pass']).default('refuse'),
  /** Whether the gateway asks for its header on public routes (token endpoint, keys) too. */
  gatewayGuardsPublicRoutes: z.boolean().default(false),
});

export type ServerSwitches = z.output<typeof serverSwitches>;

/** The switches of one simulator: set by a patch, nested records merged, unknown names and values refused. */
export class Switches<T> {
  readonly #schema: z.ZodType<T>;
  readonly #initial: T;
  #current: T;

  constructor(schema: z.ZodType<T>, initial: unknown) {
    this.#schema = schema;
    this.#initial = schema.parse(initial);
    this.#current = this.#initial;
  }

  get current(): T {
    return this.#current;
  }

  set(patch: unknown): void {
    this.#current = this.#schema.parse(mergeRecords(this.#current, patch));
  }

  reset(): void {
    this.#current = this.#initial;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges plain records at every level; all other values are replaced. */
export const mergeRecords = (base: unknown, patch: unknown): unknown => {
  if (!isRecord(base) || !isRecord(patch)) return patch;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) merged[key] = mergeRecords(base[key], value);
  return merged;
};

/** `tokenError.wrongSecret.status=401` → `{ tokenError: { wrongSecret: { status: 401 } } }`; values are JSON or else text. */
export const parseSwitch = (text: string): unknown => {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--switch wants name=value, not "${text}"`);
  return text
    .slice(0, at)
    .split('.')
    .reduceRight<unknown>((value, name) => ({ [name]: value }), jsonOrText(text.slice(at + 1)));
};

const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};
