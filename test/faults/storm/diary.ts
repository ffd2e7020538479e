/** What happened when: of one object, or (`*`) of the whole site. No values of secrets ever come in. */
interface Entry {
  readonly at: number;
  readonly about: string;
  readonly what: string;
}

export class Diary {
  readonly #begun = Date.now();
  readonly #entries: Entry[] = [];
  readonly #violations: string[] = [];
  readonly #counts = new Map<string, number>();

  note(about: string, what: string, at = Date.now()): void {
    this.#entries.push({ at, about, what });
    if (about === '*') this.count(what.split(':')[0] ?? what);
  }

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Each is told once, with all that led to it. True: it is the first time. */
  violation(about: string, what: string): boolean {
    const text = `${about}: ${what}`;
    if (this.#violations.includes(text)) return false;
    this.#violations.push(text);
    this.note(about, `VIOLATION ${what}`);
    return true;
  }

  get violations(): readonly string[] {
    return this.#violations;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get seconds(): number {
    return (Date.now() - this.#begun) / 1_000;
  }

  /** Everything about one object and the site, one line an entry. */
  story(about: string): string {
    return this.#entries
      .filter((entry) => entry.about === about || entry.about === '*')
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, about: whose, what }) => {
        const seconds = ((at - this.#begun) / 1_000).toFixed(2).padStart(8);
        return `${seconds} s  ${whose === '*' ? '' : `${whose} `}${what}`;
      })
      .join('\n');
  }
}
