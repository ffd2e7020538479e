import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

export type Style = 'dim' | 'bold' | 'green' | 'yellow' | 'red';
export type Paint = (style: Style, text: string) => string;

/** Where output goes, and who is there to read it. */
export interface Terminal {
  /** Of standard output; undefined: no terminal, so nothing is cut, coloured or redrawn. */
  readonly width: number | undefined;
  readonly coloured: boolean;
  /** A person can be asked and can answer. */
  readonly interactive: boolean;
  /** Standard error shows lines that are drawn over. */
  readonly redraws: boolean;
  out(text: string): void;
  err(text: string): void;
  ask(question: string): Promise<string>;
}

export const painter =
  (coloured: boolean): Paint =>
  (style, text) =>
    coloured ? styleText(style, text, { validateStream: false }) : text;

/** NO_COLOR counts when it is there and not empty (https://no-color.org). */
export const isColoured = (isTerminal: boolean, env: NodeJS.ProcessEnv): boolean =>
  isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

export const processTerminal = ({ stdin, stdout, stderr, env }: NodeJS.Process): Terminal => ({
  // Some terminals say 0 for not knowing.
  width: stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined,
  coloured: isColoured(stdout.isTTY, env),
  interactive: stdin.isTTY && stderr.isTTY,
  redraws: stderr.isTTY && env['TERM'] !== 'dumb',
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  ask: async (question) => {
    // On standard error, so that what is piped on is the result alone.
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  },
});
