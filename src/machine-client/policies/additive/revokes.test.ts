import { expect, test } from 'vitest';
import { scalekit } from '../../../providers/scalekit/index.ts';
import { decide } from '../../decide.ts';
import {
  annotated,
  client,
  deleting,
  facts,
  given,
  looked,
  type Modifier,
  operation,
  provider,
  quiet,
  noClient,
  noSecret,
  secret,
  seconds,
  SETTLED,
  spec,
  status,
  withdrawn,
} from '../../testing/facts.ts';

const credential = (id: string, ageSeconds: number) => ({
  id,
  suffix: id,
  createdTime: seconds(-ageSeconds),
});

type Shown = ReturnType<typeof credential>;

/** A client of somebody else, on which the published credential and one that was lost since are ours. */
const borrowed = (...shown: readonly Shown[]): readonly Modifier[] => [
  quiet,
  noClient,
  provider({ capabilities: scalekit.capabilities }),
  spec({ managementPolicy: 'CredentialsOnly', clientId: 'theirs' }),
  secret({ clientId: 'theirs' }),
  status({ clientId: 'theirs' }),
  client({ id: 'theirs', mark: undefined, uid: undefined, credentials: shown }),
  looked,
  deleting,
];

/** Settled, and younger than what reads may lag. */
const YOUNG = 30;

const owners = credential('owners', 96 * 3600);
const published = credential('curr', 48 * 3600);

const lost = (ageSeconds: number) => credential('lost', ageSeconds);

test('a lost credential is revoked while K still says that it is ours', () => {
  const all = borrowed(owners, published, lost(SETTLED));
  expect(decide(facts(...all, operation('mint', SETTLED)))).toMatchObject({
    kind: 'retire',
    credentialId: 'lost',
  });
  expect(decide(facts(...all, operation('delete', SETTLED)))).toMatchObject({
    kind: 'retire',
    credentialId: 'curr',
  });
});

test.each<readonly [what: string, credentials: readonly Shown[], more: readonly Modifier[]]>([
  ['of a lost mint', [owners, published], []],
  [
    'of the published one',
    [owners, credential('former', 48 * 3600)],
    [
      secret({ operation: 'op-2k' }),
      status({ credentials: [{ id: 'former', suffix: 'former', state: 'Retiring' }] }),
    ],
  ],
])('while the provider may not show what K has made nothing is revoked: %s', (_, credentials, more) => {
  const at = (ageSeconds: number) =>
    decide(facts(...borrowed(...credentials), operation('mint', ageSeconds), ...more));
  expect(at(YOUNG)).toMatchObject({
    kind: 'wait',
    reason: 'NotShownYet',
    message: expect.stringMatching(/^the provider may not show yet what was issued/),
  });
  expect(at(SETTLED)).toMatchObject({ kind: 'retire' });
});

test('what K has made is shown, or K was refused: nothing is waited for', () => {
  const shown = borrowed(owners, published, lost(YOUNG));
  expect(decide(facts(...shown, operation('mint', YOUNG)))).toMatchObject({ credentialId: 'lost' });
  const refused = operation('mint', YOUNG, { result: 'rejected' });
  expect(decide(facts(...borrowed(owners, published), refused))).toMatchObject({ credentialId: 'curr' });
  const ofK = secret({ operation: 'op-2k' });
  expect(decide(facts(...borrowed(owners, published), ofK, operation('mint', YOUNG)))).toMatchObject({
    credentialId: 'curr',
  });
});

test('somebody has removed K: what the Secret was published with moments ago is waited for, and then revoked', () => {
  const former = credential('former', 48 * 3600);
  const named = status({ credentials: [{ id: 'former', suffix: 'former', state: 'Retiring' }] });
  const at = (ageSeconds: number, ...shown: readonly Shown[]) => {
    const wiped = given({ operation: undefined });
    const all = [...borrowed(owners, ...shown), named];
    return decide(facts(...all, wiped, secret({ publishedAt: seconds(-ageSeconds) })));
  };
  expect(at(YOUNG)).toMatchObject({ kind: 'wait', reason: 'NotShownYet' });
  // The fence of this deletion would be younger than the publication.
  expect(at(YOUNG, former)).toMatchObject({ kind: 'wait', reason: 'NotShownYet' });
  expect(at(YOUNG, credential('curr', YOUNG))).toMatchObject({ kind: 'retire', credentialId: 'curr' });
  expect(at(SETTLED, former)).toMatchObject({ kind: 'retire', credentialId: 'former' });
  expect(at(SETTLED)).toMatchObject({ kind: 'remove-secret' });
});

test('of what was issued on a borrowed client no list tells: without the permission it is not left without a record', () => {
  const all = borrowed(owners, published);
  expect(decide(facts(...all, withdrawn(-10)))).toMatchObject({ kind: 'hold', reason: 'DeletionBlocked' });
  expect(decide(facts(...all, withdrawn(-10), annotated('abandonUpstream', 'true'), noSecret))).toMatchObject(
    {
      kind: 'finish',
      orphan: 'theirs',
    },
  );
});
