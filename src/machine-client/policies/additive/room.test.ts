import { expect, test } from 'vitest';
import { scalekit } from '../../../providers/scalekit/index.ts';
import { decide } from '../../decide.ts';
import type { Plan } from '../../plan.ts';
import {
  change,
  derivedId,
  facts,
  looked,
  type Modifier,
  provider,
  quiet,
  secret,
  seconds,
} from '../../testing/facts.ts';

const limit = 3;
const credentials = (...ids: readonly string[]): Modifier =>
  change({ credentials: ids.map((id) => ({ id, suffix: id, createdTime: seconds(-48 * 3600) })) });
/** The Secret holds no secret, and the spec wants one in it. */
const lacking: readonly Modifier[] = [
  quiet,
  provider({ capabilities: { ...scalekit.capabilities, credentialLimit: limit } }),
  secret({ clientId: derivedId(), layout: [['client-id', 'ClientID']], template: 'as-before' }),
];
const full = credentials('curr', 'theirs', 'theirs-too');

test.each<readonly [what: string, modifiers: readonly Modifier[], plan: Partial<Plan>]>([
  ['there is room', [credentials('curr'), looked], { kind: 'mint', reason: 'Rotating' }],
  ['foreign ones take all room, as a list shows', [full], { kind: 'look' }],
  ['and so they do', [full, looked], { kind: 'hold', reason: 'CredentialLimitReached', stalled: true }],
])('a value that was never stored: %s', (_, modifiers, plan) => {
  expect(decide(facts(...lacking, ...modifiers))).toMatchObject(plan);
});
