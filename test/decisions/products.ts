import type { Case } from './explore.ts';

/** What only the guards, the gate and the search for a client look at, standing still. */
const still: Case = {
  management: 'Manage',
  'the client is': 'ours',
  'overlap of S': 'passed',
  restart: 'none',
  'revoke-previous': 'another version',
  duplicate: 'none',
  'mass change': 'none',
  'wanted id': 'none',
  'K.uid': 'ours',
  'K.incarnation': 'first',
};

/**
 * Whether something was refused before stands over every row: it multiplies all that is done at the provider by the
 * ways of asking again. Whether the provider object stays is asked before every row. So both are varied in products of
 * their own.
 */
export const products: Readonly<Record<string, Case>> = {
  'nothing was refused': { refused: 'no', 'provider stays': 'yes', 'the client is': 'ours' },
  'refused for now': { ...still, refused: 'until later', 'provider stays': 'yes' },
  'refused for good': { ...still, refused: 'for good', 'provider stays': 'yes' },
  'the provider object may go': { ...still, refused: 'no', 'provider stays': 'not yet' },
  'the provider object goes': { ...still, refused: 'no', 'provider stays': 'is being deleted' },
  'a client of somebody else': {
    ...still,
    'the client is': 'of somebody else',
    'wanted id': 'some',
    refused: 'no',
    'provider stays': 'yes',
  },
};
