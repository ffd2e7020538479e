/** What one account may be asked. */
export interface Limits {
  readonly requestsPerMinute: number;
  readonly burst: number;
  readonly concurrency: number;
}
