import type { ProviderSample } from '../../testing/sample.ts';

const login = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
const plastiq = (fields: object = {}) => ({
  type: 'Plastiq',
  plastiq: { environment: 'Sandbox', auth: login, ...fields },
});

export const sample: ProviderSample = {
  account: (baseUrl, auth) => ({ environment: 'Sandbox', baseUrl, auth }),
  client: {},
  accountChanges: [
    {
      at: 'spec.plastiq.environment',
      message: 'environment is immutable',
      because: 'it is the identity of the account',
      before: plastiq(),
      accepted: [plastiq({ baseUrl: 'https://gateway.example.com' })],
      refused: [plastiq({ environment: 'Production' })],
    },
  ],
};
