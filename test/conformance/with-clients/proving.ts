import { expect } from 'vitest';
import type { SecretValues } from '../../../src/providers/provider.ts';
import { Secret } from '../../../src/runtime/secret.ts';
import type { Check, Group } from '../behaviour.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Subject } from './subject.ts';

const isRefused =
  (wrong: string): Check<Subject> =>
  async ({ rig, capabilities, create }) => {
    const { client } = await create();
    const values: SecretValues = Object.fromEntries(
      capabilities.secretFields.map((field) => [field, new Secret(wrong)]),
    );
    const outcome = await rig.account.prove(client.id, values, call);
    // An empty secret may be a malformed request: all the same it is no yes.
    if (wrong === '') expect(outcome.kind).toBe('rejected');
    else expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason: 'CredentialRefused' });
  };

const saysNothing =
  (status: number): Check<Subject> =>
  async ({ rig, create }) => {
    const { client, credential } = await create();
    rig.fault('prove', { fault: 'status', status, body: 'html' });
    const outcome = await rig.account.prove(client.id, credential.values, call);
    expect(failure(outcome).reason).not.toBe('CredentialRefused');
  };

export const proving: Group<Subject> = {
  title: 'prove',
  behaviours: [
    {
      name: 'yes to a credential that works',
      check: async ({ rig, create }) => {
        const { client, credential } = await create();
        value(await rig.account.prove(client.id, credential.values, call));
      },
    },
    {
      name: 'no to what does not work',
      cases: () => [
        ['a wrong secret', isRefused('wrong-secret-value')],
        ['an empty secret', isRefused('')],
        [
          'a client that there is not',
          async ({ rig, create }) => {
            const { client, credential } = await create();
            value(await rig.account.remove(client.id, call));
            expect(failure(await rig.account.prove(client.id, credential.values, call))).toMatchObject({
              kind: 'rejected',
              reason: 'CredentialRefused',
            });
          },
        ],
      ],
    },
    {
      name: 'a gateway’s own refusal says nothing of the credential',
      cases: () => [400, 401, 403, 404].map((status) => [String(status), saysNothing(status)]),
    },
  ],
};
