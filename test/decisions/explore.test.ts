import { expect, test } from 'vitest';
import { explore } from './explore.ts';

const ours = { 'the client is': 'ours' } as const;

test('one case for each combination that can be told apart, and none that cannot be observed', () => {
  const seen: string[] = [];
  const cases = explore({ ...ours, 'wanted id': 'none' }, (at) => () => {
    const client = at('client');
    seen.push(client === 'none' ? client : `${client}, next ${at('next')}`);
  });
  expect(seen).toEqual(['none', 'of the derived id, next none', 'of the derived id, next open']);
  expect(cases).toBe(seen.length);
});

test('a fact that is read twice has one value, and one that another makes impossible is never shown', () => {
  const cases = explore(ours, (at) => () => {
    expect(at('next')).toBe(at('next'));
    if (at('next') === 'open') expect(at('client')).not.toBe('none');
  });
  expect(cases).toBe(8);
});

test('a failure names the facts that were read', () => {
  const run = () =>
    explore({}, (at) => () => {
      if (at('life') === 'deleting') throw new Error('no');
    });
  expect(run).toThrow('in the case life: deleting');
});
