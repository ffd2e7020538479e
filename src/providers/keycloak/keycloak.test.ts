import { describe } from 'vitest';
import { providerConformance } from '../../../test/conformance/provider-conformance.ts';
import { capabilities } from './account.ts';
import { behindGateway, start } from './testing/rig.ts';

const YEAR_MS = 365 * 86_400_000;

const keys = {
  spec: { credential: { type: 'KeyPair' } },
  kind: { style: 'additive', createsCredential: false, secretFields: ['PrivateKey', 'KeyID'] },
} as const;
const secrets = { kind: { secretFields: ['ClientSecret'] } } as const;

describe('conformance, with keys', () => {
  providerConformance(capabilities, () => start(), keys);
});

describe('conformance, with secrets that a rotation policy binds', () => {
  providerConformance(capabilities, () => start({ switches: { secretLifeMs: YEAR_MS } }), secrets);
});

describe('conformance behind a gateway', () => {
  providerConformance(capabilities, () => start(behindGateway.options, behindGateway.setting), {
    ...keys,
    faults: false,
  });
});
