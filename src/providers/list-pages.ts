import type * as z from 'zod';
import type { Exchange } from './http.ts';
import type { Page, UpstreamClient } from './provider.ts';

/** A service may round up what it is asked for; none sends this many more. */
const SLACK = 100;
/** By how much less is asked for after a page that was too much. */
const SHRINK = 4;

interface Items<W> {
  readonly items: readonly unknown[];
  /** Where an item has its id. One without is no client, and costs nothing more. */
  readonly idField: string;
  readonly schema: z.ZodType<W>;
  readonly project: (wire: W) => UpstreamClient;
  /** The cursor of the next page; an empty one is none. */
  readonly next: string | null | undefined;
}

/** The pages of one account's lists. */
export class ListPages {
  /** Clients that the next page is asked for. */
  #size: number;

  /** `most`: what the provider documents; undefined: it knows no pages. */
  constructor(most: number | undefined) {
    this.#size = most ?? Number.MAX_SAFE_INTEGER;
  }

  get size(): number {
    return this.#size;
  }

  /** Clients with much metadata may not fit on a full page: then the next try asks for fewer. */
  heed(exchange: Exchange): void {
    if (exchange.kind === 'failure' && exchange.tooMuch && this.#size > 1)
      this.#size = Math.ceil(this.#size / SHRINK);
  }

  /**
   * Undefined where this is not the page that was asked for, because it has more on it than it can have. One bad item must not hide the others: it is left out.
   */
  read<W>({ items, idField, schema, project, next }: Items<W>): Page | undefined {
    if (items.length > this.#size + SLACK) return undefined;
    const clients = items.flatMap((item) => {
      if (!hasText(item, idField)) return [];
      const parsed = schema.safeParse(item);
      return parsed.success ? [project(parsed.data)] : [];
    });
    return { clients, next: next || undefined };
  }
}

const hasText = (item: unknown, field: string): boolean =>
  typeof item === 'object' &&
  item !== null &&
  Object.hasOwn(item, field) &&
  typeof (item as Readonly<Record<string, unknown>>)[field] === 'string';
