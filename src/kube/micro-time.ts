/** `2026-11-21T05:05:00.123000Z`: MicroTime of Leases and Events demands six digits, of which a Date has three. */
export const microTime = (epochMs: number): string => new Date(epochMs).toISOString().replace('Z', '000Z');
