/** Written by `npm run test:faults -- simulation --choose`: seeds that come to all that many seeds come to. */
export const corpus = { of: 12, covers: 118, seeds: 'scalekit-1 scalekit-2 1 8 authress-1 2 scalekit-3 7 4' };
