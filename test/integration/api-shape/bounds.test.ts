import { expect, test } from 'vitest';
import { causesOf, kinds, useCluster } from './cluster.ts';
import { violationsOf } from './violations.ts';

/** Every bound, pattern, enumeration and required field of each spec is one that the API server enforces. */

const { tryCreate } = useCluster('bounds');

test.each(kinds)('what breaks one keyword of the schema of %s is refused there', async (kind) => {
  const violations = await violationsOf(kind);
  expect(violations.length).toBeGreaterThan(100);
  for (const { at, keyword, reason, spec } of violations) {
    const answer = await tryCreate(kind, spec);
    expect(answer.status, `${keyword} of ${at}`).toBe(422);
    const refused = causesOf(answer).map((cause) => `${cause.reason} ${cause.field}`);
    expect(refused, `${keyword} of ${at}`).toContain(`${reason} ${at}`);
  }
});
