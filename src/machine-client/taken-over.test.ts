import { beforeEach, expect, test } from 'vitest';
import { chosenClientId, makeMark } from '../providers/mark.ts';
import { Recent } from '../runtime/recent.ts';
import { remember, takenOver } from './taken-over.ts';
import { facts, upstreamClient } from './testing/facts.ts';

const { object, mark } = facts();
let bore: Recent<true>;
beforeEach(() => {
  bore = new Recent<true>(10);
});
/** What a pass does that sees this client. */
const taken = (id: string, uid: string | undefined, full = mark) => {
  const clients = [upstreamClient({ id, uid, mark: full })];
  const found = takenOver(object, mark, clients, bore);
  remember(object, mark, clients, bore);
  return found;
};
const own = chosenClientId(mark, object.uid, 3);

test('a client that this object has made, with the uid of another one', () => {
  expect(taken(own, object.uid)).toEqual([]);
  expect(taken(own, 'another')).toEqual([own]);
});

test('one that bore its uid when it was last seen', () => {
  expect(taken('m2m-1', 'former')).toEqual([]);
  expect(taken('m2m-1', object.uid)).toEqual([]);
  expect(taken('m2m-1', 'another')).toEqual(['m2m-1']);
  expect(taken('m2m-2', 'another')).toEqual([]);
});

test('not one of an object that came back, nor what says nothing or is of other names', () => {
  expect(taken(chosenClientId(mark, 'former', 0), 'former')).toEqual([]);
  expect(taken(own, undefined)).toEqual([]);
  expect(taken(own, 'another', makeMark('inst', 'elsewhere', 'app'))).toEqual([]);
});
