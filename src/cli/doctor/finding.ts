import type { Paint, Style } from '../terminal.ts';

/** note: worth knowing, and nothing is broken by it. unseen: it may not be looked at. */
export type Verdict = 'ok' | 'note' | 'unseen' | 'wrong';

export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly todo?: string | undefined;
}

export const ok = (check: string, message: string): Finding => ({ check, verdict: 'ok', message });
export const wrong = (check: string, message: string, todo: string): Finding => ({
  check,
  verdict: 'wrong',
  message,
  todo,
});
export const note = (check: string, message: string, todo?: string): Finding => ({
  check,
  verdict: 'note',
  message,
  ...(todo !== undefined && { todo }),
});
export const unseen = (check: string, message: string): Finding => ({ check, verdict: 'unseen', message });

const shown: Readonly<Record<Verdict, readonly [word: string, style: Style]>> = {
  ok: ['ok', 'green'],
  note: ['note', 'yellow'],
  unseen: ['unseen', 'dim'],
  wrong: ['WRONG', 'red'],
};

/** A line each, and what to do below it. */
export const findingsText = (findings: readonly Finding[], paint: Paint): string => {
  const lines = findings.flatMap(({ check, verdict, message, todo }) => {
    const [word, style] = shown[verdict];
    return [
      `${paint(style, word.padEnd(8))}${check}: ${message}`,
      ...(todo === undefined ? [] : [`${' '.repeat(8)}→ ${todo}`]),
    ];
  });
  const count = findings.filter(({ verdict }) => verdict === 'wrong').length;
  const sum = count === 0 ? paint('green', 'nothing is wrong') : paint('red', `${count} wrong`);
  return `${[...lines, '', sum].join('\n')}\n`;
};
