import { expect, test } from 'vitest';
import { rewrittenName } from './rewritten.ts';

const sent = {
  metadata: { labels: { managed: 'true' }, annotations: { operation: 'op', gone: null } },
  data: { 'client-id': 'YQ==', former: null },
};
const stored = {
  metadata: { labels: { managed: 'true' }, annotations: { operation: 'op' } },
  data: { 'client-id': 'YQ==' },
};

test.each([
  ['as it was sent', stored, undefined],
  [
    'with what admission adds',
    {
      metadata: { labels: { managed: 'true', team: 'a' }, annotations: { operation: 'op', note: 'n' } },
      data: { 'client-id': 'YQ==', ca: 'eA==' },
    },
    undefined,
  ],
  ['another value', { ...stored, data: { 'client-id': 'Yg==' } }, 'key client-id'],
  ['without it', { ...stored, data: {} }, 'key client-id'],
  ['without any', { metadata: stored.metadata }, 'key client-id'],
  ['what was taken away is put back', { ...stored, data: { ...stored.data, former: 'eA==' } }, 'key former'],
  ['a label', { ...stored, metadata: { ...stored.metadata, labels: {} } }, 'label managed'],
  [
    'an annotation',
    { ...stored, metadata: { ...stored.metadata, annotations: { operation: 'x' } } },
    'annotation operation',
  ],
])('%s', (_name, now, expected) => {
  expect(rewrittenName(sent, now)).toBe(expected);
});
