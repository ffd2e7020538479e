import { describe } from 'vitest';
import { memoryRig } from './memory-rig.ts';
import { behaviours } from './suite.ts';

describe('the API server of the simulation', () => {
  behaviours(memoryRig);
});
