/**
 * Seeds that fail, and of which nobody knows yet whether the operator or the check is wrong. Each must go on failing: one
 * that does not any more is taken off, and so is one that is understood, which becomes a regression or a better check.
 */
export const openDefects: ReadonlyMap<string, string> = new Map();
