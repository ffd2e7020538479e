import { expect, test } from 'vitest';
import { machineClients } from '../api/resources.ts';
import { type Failure, KubeError } from '../kube/errors.ts';
import { OperatorError } from '../runtime/errors.ts';
import { CommandError, explain, isNotServed, UsageError } from './errors.ts';

const attempt = { verb: 'patch', resource: machineClients, namespace: 'payments', name: 'web' } as const;
const failed = (failure: Omit<Failure, 'outcome'>, options?: ErrorOptions) =>
  new KubeError(attempt, { ...failure, outcome: 'rejected' }, options);
const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

test.each([
  [failed({ status: 404, reason: 'NotFound' }), 'there is no MachineClient web in namespace payments'],
  [
    failed({ status: 404, reason: 'NotRecognised' }),
    'this cluster does not serve machineclients.machine-client.dev; install the CRDs: kubectl apply -f crds/',
  ],
  [
    failed({ status: 403, reason: 'Forbidden', rbacDenied: true }),
    'you may not patch machineclients.machine-client.dev in namespace payments: ask for that right in RBAC',
  ],
  [
    failed({ status: 422, reason: 'Invalid', apiMessage: 'spec.clientId cannot change' }),
    'cannot patch machineclients.machine-client.dev "web" in namespace "payments": Invalid (422): spec.clientId cannot change',
  ],
  [
    failed({ status: 0, reason: 'ConnectionFailed' }, { cause: refused }),
    'no connection to the API server; is the context of the kubeconfig the right one? (ECONNREFUSED)',
  ],
  [
    failed({ status: 401, reason: 'Unauthorized' }),
    'the API server does not accept these credentials; log in again',
  ],
  [new OperatorError('MCO_KUBECONFIG', 'no kubeconfig'), 'no kubeconfig'],
  [new UsageError('usage'), 'usage'],
  [new CommandError('command'), 'command'],
  // Of our own making: the stack is worth more than words.
  [new TypeError('x is undefined'), undefined],
])('%s', (error, words) => {
  expect(explain(error)).toBe(words);
});

test('a kind that is not served is told from an object that is not there', () => {
  expect(isNotServed(failed({ status: 404, reason: 'NotRecognised' }))).toBe(true);
  expect(isNotServed(failed({ status: 404, reason: 'NotFound' }))).toBe(false);
  const list = { verb: 'list', resource: machineClients } as const;
  expect(isNotServed(new KubeError(list, { status: 404, reason: 'NotFound', outcome: 'rejected' }))).toBe(
    true,
  );
});
