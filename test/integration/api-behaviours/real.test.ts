import { describe, inject } from 'vitest';
import { realRig } from './real-rig.ts';
import { behaviours } from './suite.ts';

describe('a real API server', () => {
  behaviours(() => realRig(inject('kubeconfig')));
});
