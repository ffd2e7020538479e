import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * What has been done, one line of JSON each, in a file that is only appended to. Whoever is killed while writing leaves
 * half a line at the end: it is cut off by the next one, and what it was about is done again.
 */
export class Journal<Entry> {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws SyntaxError for a whole line that is no JSON: the file is nobody's to edit */
  async read(): Promise<readonly Entry[]> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(this.#file, Buffer.byteLength(whole));
    return whole
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Entry);
  }

  async append(entry: Entry): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    await appendFile(this.#file, `${JSON.stringify(entry)}\n`);
  }
}
