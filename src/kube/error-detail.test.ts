import { connect } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { OperatorError } from '../runtime/errors.ts';
import { detailOf } from './error-detail.ts';

const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

test('an address that refuses, and a file that is not there, are named; the texts of Node are not kept', async () => {
  const refused = await caught(once(connect(1, '127.0.0.1'), 'connect'));
  expect(detailOf(refused)).toBe('ECONNREFUSED 127.0.0.1:1');
  expect(detailOf(await caught(readFile('/nowhere/token')))).toBe('ENOENT /nowhere/token');
  expect(detailOf(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }))).toBe('CERT_HAS_EXPIRED');
  expect(detailOf(Object.assign(new Error('x'), { code: 'EAI_AGAIN', hostname: 'api.example' }))).toBe(
    'EAI_AGAIN api.example',
  );
});

test('of several addresses the first one speaks, our own error in its own words, and nothing else at all', () => {
  const one = (address: string) =>
    Object.assign(new Error('x'), { code: 'ECONNREFUSED', address, port: 6443 });
  expect(detailOf(new AggregateError([one('::1'), one('127.0.0.1')]))).toBe('ECONNREFUSED ::1:6443');
  expect(detailOf(new OperatorError('MCO_KUBECONFIG', 'the plugin failed'))).toBe('the plugin failed');
  expect(detailOf(new Error('a text that may be anything'))).toBeUndefined();
  expect(detailOf(undefined)).toBeUndefined();
});
