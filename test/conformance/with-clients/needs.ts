import type { Capabilities } from '../../../src/providers/provider.ts';
import type { Need } from '../behaviour.ts';

const style = (wanted: Capabilities['style'], otherwise: string): Need => ({
  holds: (capabilities) => capabilities.style === wanted,
  otherwise,
});

export const twoPhase = style('two-phase', 'it is not a two-phase provider');
export const additive = style('additive', 'it is not an additive provider');
export const choosesClientId: Need = {
  holds: (capabilities) => capabilities.choosesClientId,
  otherwise: 'it names its clients itself',
};
export const canList: Need = {
  holds: (capabilities) => capabilities.canList,
  otherwise: 'it has no list',
};
export const keepsLastCredential: Need = {
  holds: (capabilities) => capabilities.keepsLastCredential,
  otherwise: 'the last one can be deleted',
};
