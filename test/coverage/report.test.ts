import { expect, test } from 'vitest';
import { byFolder, type Coverage, outdated, uncovered } from './report.ts';
import { reasons } from './reasons.ts';

const at = (line: number) => ({ start: { line } });

const coverage: Coverage = {
  'src/kube/store.ts': {
    statementMap: { 0: at(1), 1: at(2), 2: at(3), 3: at(9), 4: at(9) },
    s: { 0: 4, 1: 0, 2: 0, 3: 0, 4: 1 },
    b: { 0: [1, 0], 1: [0, 0] },
  },
  'src/kube/lease.ts': { statementMap: { 0: at(1) }, s: { 0: 1 }, b: {} },
  'elsewhere/odd.ts': { statementMap: { 0: at(7) }, s: { 0: 0 }, b: {} },
};

test('a folder counts the statements and branches of its files', () => {
  expect(byFolder(coverage)).toEqual([
    ['elsewhere', '0 of 1 (0.0 %)', '–'],
    ['src/kube', '3 of 6 (50.0 %)', '1 of 4 (25.0 %)'],
    ['all', '3 of 7 (42.9 %)', '1 of 4 (25.0 %)'],
  ]);
});

test('lines that nothing comes to are named with their reason, and those without one too', () => {
  expect(uncovered(coverage)).toEqual([
    { file: 'elsewhere/odd.ts', lines: '7', reason: undefined },
    { file: 'src/kube/store.ts', lines: '2–3, 9', reason: reasons.get('src/kube') },
  ]);
});

test('a reason of what is come to is outdated', () => {
  expect(outdated(coverage)).toContain('src/runtime');
  expect(outdated(coverage)).not.toContain('src/kube');
});
