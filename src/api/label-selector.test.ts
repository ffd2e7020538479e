import { expect, test } from 'vitest';
import { type LabelSelector, matchesSelector } from './label-selector.ts';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];
type Row = readonly [what: string, selector: LabelSelector, matches: boolean];

const labels = { team: 'billing', stage: '' };
const expression = (key: string, operator: Expression['operator'], values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
test.each<Row>([
  ['nothing', {}, true],
  ['a label', { matchLabels: { team: 'billing' } }, true],
  ['a label of another value', { matchLabels: { team: 'sales' } }, false],
  ['a label that is not there', { matchLabels: { owner: 'billing' } }, false],
  ['an empty label that is there', { matchLabels: { stage: '' } }, true],
  ['an empty label that is not there', { matchLabels: { owner: '' } }, false],
  ['In, with its value', expression('team', 'In', ['sales', 'billing']), true],
  ['In, with other values', expression('team', 'In', ['sales']), false],
  ['In, without the label', expression('owner', 'In', ['billing', '']), false],
  ['In, without values', expression('team', 'In'), false],
  ['NotIn, with its value', expression('team', 'NotIn', ['sales', 'billing']), false],
  ['NotIn, with other values', expression('team', 'NotIn', ['sales']), true],
  ['NotIn, without the label', expression('owner', 'NotIn', ['billing', '']), true],
  ['Exists, of a label with an empty value', expression('stage', 'Exists'), true],
  ['Exists, without the label', expression('owner', 'Exists'), false],
  ['DoesNotExist, of a label with an empty value', expression('stage', 'DoesNotExist'), false],
  ['DoesNotExist, without the label', expression('owner', 'DoesNotExist'), true],
  ['a name that every object inherits, Exists', expression('constructor', 'Exists'), false],
  ['a name that every object inherits, DoesNotExist', expression('__proto__', 'DoesNotExist'), true],
])('%s', (_, selector, matches) => {
  expect(matchesSelector(selector, labels)).toBe(matches);
});

test('all that it asks for must hold', () => {
  const both = { matchLabels: { team: 'billing' }, ...expression('owner', 'Exists') };
  expect(matchesSelector(both, labels)).toBe(false);
  expect(matchesSelector(both, { ...labels, owner: 'x' })).toBe(true);
});

test('an operator that is unknown lets nobody in', () => {
  expect(matchesSelector(expression('team', 'Gt' as never, ['a']), labels)).toBe(false);
});
