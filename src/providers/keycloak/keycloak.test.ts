import { describe } from 'vitest';
import { providerConformance } from '../../../test/conformance/provider-conformance.ts';
import { capabilities } from './account.ts';
import { behindGateway, start } from './testing/rig.ts';

const options = { spec: { credential: { type: 'KeyPair' } } };

describe('conformance', () => {
  providerConformance(capabilities, () => start(), options);
});

describe('conformance behind a gateway', () => {
  providerConformance(capabilities, () => start(behindGateway.options, behindGateway.setting), {
    ...options,
    faults: false,
  });
});
