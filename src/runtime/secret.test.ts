import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import pino from 'pino';
import { expect, test } from 'vitest';
import { maskSuffix, Secret } from './secret.ts';

const value = 'correct-horse-battery-staple';
const secret = new Secret(value);

const logged = (object: object): string => {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  pino({ level: 'trace', serializers: { err: pino.stdSerializers.err } }, sink).info(object, 'message');
  return text;
};

const cause = new Error('outer', { cause: Object.assign(new Error('inner'), { secret }) });

test.each([
  ['a template', `${secret}`],
  ['String', String(secret)],
  ['addition', '' + secret],
  ['toString', secret.toString()],
  ['JSON', JSON.stringify({ a: [{ secret }] })],
  ['inspect', inspect(secret)],
  ['inspect, nested', inspect({ a: [{ secret }] }, { depth: 9 })],
  ['inspect with hidden fields', inspect(secret, { showHidden: true, getters: true, customInspect: false })],
  ['console formats', format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
  ['entries', JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret), { ...secret }])],
  ['an error’s cause', inspect(cause)],
  ['a log line', logged({ secret })],
  ['a log line, nested', logged({ a: { b: [secret] } })],
  ['a log line with an error', logged({ err: cause })],
])('%s does not show it (I6)', (_name, text) => {
  expect(text).not.toContain('horse');
});

test('a clone is empty', () => {
  expect(inspect(structuredClone({ secret }))).not.toContain('horse');
});

test('the one way to the value', () => {
  expect(secret.reveal()).toBe(value);
});

test('four characters, and only of a secret that is not given away by them', () => {
  expect(secret.suffix).toBe('****aple');
  expect(new Secret('x'.repeat(12) + 'abcd').suffix).toBe('****abcd');
  expect(new Secret('fifteen-letters').suffix).toBe('****');
  expect(maskSuffix(undefined)).toBe('****');
});
