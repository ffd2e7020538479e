import type { Entries } from './provider.ts';

/** Where a client logs in with its id and its secret (RFC 6749, section 2.3.1). */
const usual: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'token-url', field: 'TokenURL' },
];

export const usualEntries = (): Entries => usual;

/** The Secret has the usual ones, perhaps with more after them. */
export const hasUsualEntries = (present: Entries | undefined): boolean =>
  present !== undefined &&
  usual.every(({ key, field }, at) => present[at]?.key === key && present[at].field === field);
