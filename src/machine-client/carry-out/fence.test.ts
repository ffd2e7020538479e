import { expect, test } from 'vitest';
import { annotations } from '../../api/group.ts';
import { formatOperation, type Operation } from '../../api/operation.ts';
import { clientNamed, newestOf } from './fence.ts';

const credential = (createdTime: number | undefined) => ({ id: 'a', suffix: undefined, createdTime });

test('the newest that was there before a mint: not one without a date, nor one of a date that is still to come', () => {
  expect(newestOf([credential(5), credential(9), credential(7), credential(undefined)], 10)).toEqual({
    newest: 9,
  });
  expect(newestOf([credential(5), credential(Date.UTC(9999, 1))], 10)).toEqual({ newest: 5 });
  expect(newestOf([credential(undefined), credential(11)], 10)).toEqual({});
});

const last: Operation = {
  id: 'op',
  kind: 'mint',
  at: 0,
  until: 1,
  uid: 'u',
  installation: 'i',
  incarnation: 0,
  client: 'sc_1',
};
const naming = (operation: Partial<Operation> | undefined, clientId?: string) => ({
  object: {
    uid: 'u',
    annotations: operation ? { [annotations.operation]: formatOperation({ ...last, ...operation }) } : {},
    status: { clientId },
  },
  secret: undefined,
});

test('a mint names its client where nothing else does', () => {
  expect(clientNamed(naming(undefined), 'mint', 'sc_1')).toEqual({ client: 'sc_1' });
  expect(clientNamed(naming(undefined, 'sc_1'), 'mint', 'sc_1')).toEqual({});
  const secret = { clientId: 'sc_1' };
  expect(clientNamed({ ...naming(undefined), secret }, 'mint', 'sc_1')).toEqual({});
});

test('what follows goes on naming it: not for another object of the name, nor for a client that is made anew', () => {
  expect(clientNamed(naming({}), 'update', undefined)).toEqual({ client: 'sc_1' });
  expect(clientNamed(naming({}), 'mint', 'sc_2')).toEqual({ client: 'sc_2' });
  expect(clientNamed(naming({}, 'sc_1'), 'update', undefined)).toEqual({});
  expect(clientNamed(naming({ uid: 'before' }), 'update', undefined)).toEqual({});
  expect(clientNamed(naming({}), 'create', undefined)).toEqual({});
});
