import { printable } from '../runtime/printable.ts';
import type { Terminal } from './terminal.ts';

/** What is being waited for, on standard error: one line that changes on a terminal, else a line for each change. */
export class Progress implements Disposable {
  readonly #terminal: Terminal;
  #shown = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  say(words: string): void {
    const text = printable(words);
    if (text === this.#shown) return;
    this.#shown = text;
    // Cut, for a line that wraps cannot be taken back.
    const width = (this.#terminal.width ?? 80) - 1;
    this.#terminal.err(this.#terminal.redraws ? `\r\x1b[2K${text.slice(0, width)}` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#terminal.redraws && this.#shown !== '') this.#terminal.err('\r\x1b[2K');
  }
}
