import { KubeError } from '../../src/kube/errors.ts';
import type { Scene } from './play.ts';
import type { Screen } from './screen.ts';
import { formatTable, readTable, type Table } from './table.ts';

/** A burst of changes is shown once. */
const BURST_MS = 100;
/** Ages grow without a change. */
const AGE_MS = 2_000;
const READY = 'READY';
const AGE = 'AGE';

/** The rows in colours: what is not Ready catches the eye. */
export const paintTable = (screen: Screen, table: Table): readonly string[] =>
  formatTable(table, screen.width).map((line, index) => {
    if (index === 0) return screen.paint('bold', line);
    return isReady(table, index - 1) ? line : screen.paint('yellow', line);
  });

const isReady = ({ columns, rows }: Table, row: number): boolean =>
  rows[row]?.[columns.indexOf(READY)] === 'True';

/**
 * The live table: below the timeline on a terminal, with what else is good to know; elsewhere each row that has
 * changed, as one more line.
 */
export class Board implements Disposable {
  readonly #scene: Scene;
  readonly #screen: Screen;
  readonly #below: readonly string[];
  readonly #stack = new DisposableStack();
  readonly #printed = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(scene: Scene, screen: Screen, below: readonly string[]) {
    this.#scene = scene;
    this.#screen = screen;
    this.#below = below;
    if (!screen.isTerminal) screen.print(['', ...below, '']);
    this.#stack.use(scene.view.clients.subscribe(() => this.#soon()));
    const ages = setInterval(() => this.#soon(), AGE_MS);
    this.#stack.defer(() => {
      clearInterval(ages);
      clearTimeout(this.#timer);
      screen.footer([]);
    });
    this.#soon();
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.#refresh(), BURST_MS);
  }

  async #refresh(): Promise<void> {
    const { stage, signal } = this.#scene;
    try {
      const table = await readTable(stage.transport, stage.namespaces, signal);
      if (!this.#stack.disposed) this.#show(table);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (!signal.aborted) this.#screen.footer(['', error.message, '', ...this.#below]);
    } finally {
      this.#timer = undefined;
    }
  }

  #show(table: Table): void {
    if (this.#screen.isTerminal) {
      this.#screen.footer(['', ...paintTable(this.#screen, table), '', ...this.#below]);
      return;
    }
    const [header = '', ...lines] = formatTable(table, this.#screen.width);
    const changed = lines.filter((line, index) => {
      const row = table.rows[index] ?? [];
      const key = row.slice(0, 2).join('/');
      const rest = row.filter((_, column) => table.columns[column] !== AGE).join();
      const isNew = this.#printed.get(key) !== rest;
      this.#printed.set(key, rest);
      return isNew && line;
    });
    if (changed.length > 0) this.#screen.print([header, ...changed]);
  }
}
