/** What happened, in words and in order: to one object, or (kills and restarts) to all of them. */
export class Journal {
  readonly #entries: { readonly at: number; readonly object: string | undefined; readonly text: string }[] =
    [];

  note(object: string | undefined, text: string): void {
    this.#entries.push({ at: performance.now(), object, text });
  }

  /** One line an event, with its time since the first of them. */
  of(object: string): string {
    const first = this.#entries.findIndex((entry) => entry.object === object);
    const last = this.#entries.findLastIndex((entry) => entry.object === object);
    const entries = this.#entries
      .slice(Math.max(first, 0), last + 1)
      .filter((entry) => entry.object === object || entry.object === undefined);
    const start = entries[0]?.at ?? 0;
    return entries.map(({ at, text }) => `    ${(at - start).toFixed(0).padStart(6)} ms  ${text}`).join('\n');
  }
}
