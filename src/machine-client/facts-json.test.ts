import { expect, test } from 'vitest';
import { plainFacts } from './facts-json.ts';
import { change, facts, looked, provider, quiet, secret } from './testing/facts.ts';

const IMPORTED = 'wXyZ';

test('what a user has brought, and what only the provider knows, is in no log', () => {
  const credentials = [{ id: IMPORTED, suffix: IMPORTED, position: 'current' as const }];
  const known = facts(
    quiet,
    provider({ imports: true }),
    secret({ imported: true, credentialId: IMPORTED }),
    change({ credentials, specific: { metadata: { owner: 'somebody' } } }),
    looked,
  );
  const text = JSON.stringify(plainFacts(known));
  expect(text).not.toContain(IMPORTED);
  expect(text).not.toContain('somebody');
  // The Secret and the client still name the same one.
  expect(text).toContain('"credentialId":"hidden-0"');
  expect(text).toContain('"id":"hidden-0"');
});
