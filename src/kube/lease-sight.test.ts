import { expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { LeaseSight } from './lease-sight.ts';

const pod = { name: 'operator', uid: '0d3f9c1e' };
const spec = { holderIdentity: 'a', renewTime: '1' };
const deserted = (clock = new ManualClock()): LeaseSight => {
  const sight = new LeaseSight(clock);
  sight.observe({ spec, pod });
  if (sight.last) sight.desert(sight.last);
  return sight;
};

test('that the pod of the holder is gone is said of the lease as it was seen, and of nothing else', () => {
  const sight = deserted();
  expect(sight.isDeserted({ ...spec })).toBe(true);
  // What was read just now, while a late event shows it as it was.
  expect(sight.isDeserted({ ...spec, renewTime: '2' })).toBe(false);
  expect(sight.isDeserted(undefined)).toBe(false);
});

test.each([
  ['a renewal', { spec: { ...spec, renewTime: '2' }, pod }],
  ['another pod', { spec, pod: { ...pod, uid: '5b7e2a90' } }],
  ['no pod any more', { spec, pod: undefined }],
])('it is taken back by %s, also if all is as before after that', (_, seen) => {
  const sight = deserted();
  sight.observe(seen);
  sight.observe({ spec, pod });
  expect(sight.isDeserted(spec)).toBe(false);
});

test('another pod is no sign of life, and a renewal is one', () => {
  const clock = new ManualClock();
  const sight = deserted(clock);
  clock.advance(1_000);
  sight.observe({ spec, pod: undefined });
  expect(sight.unchangedMs(spec)).toBe(1_000);
  sight.observe({ spec: { ...spec, renewTime: '2' }, pod });
  expect([sight.unchangedMs(spec), sight.unchangedMs({ ...spec, renewTime: '2' })]).toEqual([0, 0]);
});
