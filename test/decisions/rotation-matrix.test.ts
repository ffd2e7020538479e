import { expect, test } from 'vitest';
import { cell, settings, situations } from './rotation-matrix.ts';

/** The table itself stands in docs/rotation.md, where `npm run lint` compares it; here is what must hold in all of it. */
const cells = Object.entries(situations).flatMap(([situation, at]) =>
  Object.entries(settings).map(([setting, as]) => ({ situation, setting, says: cell(at, as) })),
);
const those = (what: RegExp) => cells.filter(({ says }) => what.test(says));

test('the old credential is retired when its overlap has passed and the workloads have rolled out, or when a person says so', () => {
  for (const { situation, setting } of those(/retire/))
    expect(
      setting === 'revoke-previous' ||
        situation === 'published two days ago, rolled out' ||
        // Nobody is waited for whom nobody has named.
        (situation === 'published two days ago, rolling out' && setting !== 'restart'),
      `${situation}, ${setting}`,
    ).toBe(true);
});

test('nothing is done at the provider while suspended', () => {
  for (const { says } of cells.filter(({ setting }) => setting === 'suspend'))
    expect(says).toBe('`Suspended`');
});

test('nothing is rotated outside of a window but what a person asks for', () => {
  expect(
    those(/rotate/)
      .filter(({ setting }) => setting.includes('window closed'))
      .map(({ situation }) => situation),
  ).toEqual(['a rotation is asked for']);
});

test("somebody else's rotation is never touched", () => {
  for (const { says } of cells.filter(({ situation }) => situation.startsWith('somebody else')))
    expect(says).toMatch(/ForeignRotationOpen|Suspended/);
});

test('only a cancel ends what was never published, and only a promote what was', () => {
  for (const { situation } of those(/cancel/)) expect(situation).toBe('our start was lost');
  for (const { situation } of those(/retire/)) expect(situation).toMatch(/published|lost within the overlap/);
});
