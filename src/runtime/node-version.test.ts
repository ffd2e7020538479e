import { expect, test } from 'vitest';
import { oldNode } from './node-version.ts';

test('a Node.js that is too old is named with its place; the least one and newer ones are not', () => {
  expect(oldNode('kubectl machine-client', '20.20.2', '/usr/bin/node')).toBe(
    'kubectl machine-client needs Node.js 24 or newer, and /usr/bin/node is 20.20.2; put a newer one first in PATH',
  );
  expect(oldNode('p', '8.9.0', '/n')).toContain('is 8.9.0');
  expect(oldNode('p', '24.0.0', '/n')).toBeUndefined();
  expect(oldNode('p', '100.0.0-nightly', '/n')).toBeUndefined();
});
