import { describe } from 'vitest';
import { providerConformance } from '../../../test/conformance/provider-conformance.ts';
import { capabilities } from './account.ts';
import { drift } from './testing/drift.ts';
import { behindGateway, start } from './testing/rig.ts';

describe('conformance', () => {
  providerConformance(capabilities, () => start(), { drift });
});

// The meaning of faults does not depend on these: once is enough.
describe('conformance, where the server may be another version', () => {
  providerConformance(
    capabilities,
    () =>
      start({
        namespace: 'team/payments',
        mountPath: 'team/approle',
        switches: {
          leaseDuration: 'absent',
          policyOrder: 'sorted',
          emptyLists: 'empty',
          goneRole: 'data',
          destroyUnknown: 'not-found',
          endlessExpiry: 'absent',
        },
      }),
    { faults: false, drift },
  );
});

describe('conformance with the operator’s own AppRole', () => {
  providerConformance(capabilities, () => start({}, { login: 'AppRole' }), { faults: false, drift });
});

describe('conformance with a token of the operator’s own ServiceAccount', () => {
  providerConformance(capabilities, () => start({}, { login: 'Kubernetes' }), { faults: false, drift });
});

describe('conformance behind a gateway', () => {
  providerConformance(capabilities, () => start(behindGateway.options, behindGateway.setting), {
    faults: false,
    drift,
  });
});
