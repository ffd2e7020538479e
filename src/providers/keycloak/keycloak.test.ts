import { describe } from 'vitest';
import { providerConformance } from '../../../test/conformance/provider-conformance.ts';
import { capabilities } from './account.ts';
import { ofKeys, ofSecrets } from './testing/kinds.ts';
import { behindGateway, start } from './testing/rig.ts';

const YEAR_MS = 365 * 86_400_000;

describe('conformance, with keys', () => {
  providerConformance(capabilities, () => start(), ofKeys);
});

describe('conformance, with secrets that a rotation policy binds', () => {
  providerConformance(capabilities, () => start({ switches: { secretLifeMs: YEAR_MS } }), ofSecrets);
});

describe('conformance behind a gateway', () => {
  providerConformance(capabilities, () => start(behindGateway.options, behindGateway.setting), {
    ...ofKeys,
    faults: false,
  });
});
