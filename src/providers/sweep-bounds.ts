import { hash } from 'node:crypto';
import type { Share } from '../runtime/allowance.ts';

/** Of one sweep: 200,000 clients on the smallest pages that a provider has. */
export const MOST_PAGES = 10_000;

/** What one sweep may come to, whatever the provider shows on each of its pages. */
export class SweepBounds {
  readonly #share: Share;
  readonly #mostPages: number;
  /** The cursors so far, as digests: a cursor may be as long as a page. */
  readonly #seen = new Set<string>();
  #pages = 0;

  /** `share`: of the memory that lists may fill. */
  constructor(share: Share, mostPages: number) {
    this.#share = share;
    this.#mostPages = mostPages;
  }

  get pages(): number {
    return this.#pages;
  }

  /** One more page, of which so many bytes are kept, and the cursor of the next one. Undefined, or why that is the end. */
  refuse(keptBytes: number, next: string | undefined): string | undefined {
    this.#pages++;
    if (!this.#share.take(keptBytes)) return 'its clients do not fit into the memory that lists may fill';
    if (next === undefined) return undefined;
    if (this.#pages >= this.#mostPages) return `it has more than ${this.#mostPages} pages`;
    const digest = hash('sha256', next, 'base64url');
    if (this.#seen.has(digest)) return 'it leads to a page that it has led to before';
    this.#seen.add(digest);
    return undefined;
  }
}
