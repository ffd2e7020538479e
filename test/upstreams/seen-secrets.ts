/** A shorter text is found everywhere by chance. */
const LEAST_LENGTH = 8;

/** What a real server has issued or was given, as far as it has passed by: what a test searches for where it must not be. */
export class SeenSecrets {
  readonly #names: ReadonlySet<string>;
  readonly #values = new Set<string>();

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** A body: JSON, a form, or neither. */
  read(body: string): void {
    this.#search(parsed(body));
  }

  list(): { readonly value: string }[] {
    return [...this.#values].map((value) => ({ value }));
  }

  clear(): void {
    this.#values.clear();
  }

  #search(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, one] of Object.entries(value)) {
      if (typeof one !== 'string') this.#search(one);
      else if (this.#names.has(name) && one.length >= LEAST_LENGTH) this.#values.add(one);
    }
  }
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
};
