/** What a terminal in raw mode sends for Ctrl-C and Ctrl-D. */
const INTERRUPT = ['\u0003', '\u0004'];

/**
 * Calls back for single keys, without Enter, until it is disposed; nothing where there is no terminal.
 *
 * @param actions by key; `q` is also called for Ctrl-C, which is no signal any more in this mode
 */
export const readKeys = (
  input: NodeJS.ReadStream,
  actions: Readonly<Record<'q' | 'k' | 'r', () => void>>,
): Disposable => {
  if (!input.isTTY) return { [Symbol.dispose]: () => {} };
  const onData = (data: Buffer): void => {
    for (const key of data.toString('utf8')) {
      if (key === 'k') actions.k();
      else if (key === 'r') actions.r();
      else if (key === 'q' || INTERRUPT.includes(key)) actions.q();
    }
  };
  input.setRawMode(true).on('data', onData).resume();
  return {
    [Symbol.dispose]: () => {
      input.off('data', onData).setRawMode(false).pause();
    },
  };
};
