import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = 'dim' | 'bold' | 'green' | 'yellow' | 'red' | 'cyan';

const UP = (lines: number): string => `\x1b[${lines}A`;
const CLEAR_BELOW = '\x1b[0J';

/**
 * Lines that scroll and, on a terminal, a footer below them that is redrawn in place:
 *
 *     …            scrolls
 *     a new line   is put here
 *     NAME  READY  the footer: erased and drawn again with each change
 */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #coloured: boolean;
  #footer: readonly string[] = [];
  #drawn = 0;

  constructor(out: NodeJS.WriteStream, environment: NodeJS.ProcessEnv) {
    this.#out = out;
    this.#coloured = out.isTTY && !environment['NO_COLOR'];
    // Lines that were cut for another width have wrapped: what is drawn cannot be counted any more.
    if (out.isTTY)
      out.on('resize', () => {
        this.#drawn = 0;
        this.#draw([]);
      });
  }

  /** A terminal: a footer can be drawn. */
  get isTerminal(): boolean {
    return this.#out.isTTY;
  }

  get width(): number {
    return this.#out.isTTY ? this.#out.columns : 160;
  }

  paint(style: Style, text: string): string {
    return this.#coloured ? styleText(style, text, { validateStream: false }) : text;
  }

  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#draw(lines);
  }

  /** Replaces the footer; nothing happens where there is no terminal. */
  footer(lines: readonly string[]): void {
    if (!this.#out.isTTY || lines.join('\n') === this.#footer.join('\n')) return;
    this.#footer = lines;
    this.#draw([]);
  }

  #draw(lines: readonly string[]): void {
    const footer = this.#footer.slice(0, Math.max(0, this.#out.rows - 1)).map((line) => this.#cut(line));
    const erase = this.#drawn > 0 ? `\r${UP(this.#drawn)}${CLEAR_BELOW}` : '';
    // One write, so that nothing flickers.
    this.#out.write(erase + [...lines, ...footer].map((line) => `${line}\n`).join(''));
    this.#drawn = footer.length;
  }

  /** A line that wraps would count as two. Cut lines lose their colours, which is seldom. */
  #cut(line: string): string {
    const plain = stripVTControlCharacters(line);
    return plain.length > this.width ? `${plain.slice(0, this.width - 1)}…` : line;
  }
}
