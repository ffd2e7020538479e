import type { Capabilities } from '../../../src/providers/provider.ts';
import type { Need } from '../behaviour.ts';

const style = (wanted: Capabilities['style'], otherwise: string): Need => ({
  holds: (capabilities) => capabilities.style === wanted,
  otherwise,
});

export const twoPhase = style('two-phase', 'it is not a two-phase provider');
export const additive = style('additive', 'it is not an additive provider');
export const staged = style('staged', 'its secrets are not staged');
export const choosesClientId: Need = {
  holds: (capabilities) => capabilities.choosesClientId,
  otherwise: 'it names its clients itself',
};
export const canList: Need = {
  holds: (capabilities) => capabilities.canList,
  otherwise: 'it has no list',
};
export const marksLater: Need = {
  holds: (capabilities) => capabilities.marksLater,
  otherwise: 'a mark is written with the client, and stays',
};
export const marksForGood: Need = {
  holds: (capabilities) => !capabilities.marksLater,
  otherwise: 'a mark can be taken away',
};
export const marksCredentials: Need = {
  holds: (capabilities) => capabilities.marksCredentials,
  otherwise: 'its credentials carry nothing',
};
export const identifiesCredentials: Need = {
  holds: (capabilities) => capabilities.identifiesCredentials,
  otherwise: 'a secret does not say which credential it is',
};
export const hasPages: Need = {
  holds: ({ pageSize }) => pageSize !== undefined,
  otherwise: 'all are on one page',
};
export const isOnePage: Need = {
  holds: ({ pageSize }) => pageSize === undefined,
  otherwise: 'it has pages',
};
export const hasLimit: Need = {
  holds: ({ credentialLimit }) => credentialLimit !== undefined,
  otherwise: 'no limit is known',
};
export const keepsLastCredential: Need = {
  holds: (capabilities) => capabilities.keepsLastCredential,
  otherwise: 'the last one can be deleted',
};
