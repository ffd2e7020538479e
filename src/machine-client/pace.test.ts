import { expect, test } from 'vitest';
import { FencePace } from './pace.ts';
import { makeTiming } from './timing.ts';

test('W is five seconds where the API server is quick, and follows it where it is slow, up to half a minute', () => {
  const pace = new FencePace(makeTiming(20_000, 1));
  expect(pace.leaveMs).toBe(5_000);
  pace.took(300);
  expect(pace.leaveMs).toBe(5_000);
  pace.took(6_000);
  expect(pace.leaveMs).toBe(12_000);
  pace.took(29_000);
  expect(pace.leaveMs).toBe(30_000);
});

test('a slow write is forgotten after some quick ones', () => {
  const pace = new FencePace(makeTiming(20_000, 1));
  pace.took(6_000);
  pace.took(100);
  expect(pace.leaveMs).toBeCloseTo(9_600);
  for (let quick = 0; quick < 10; quick++) pace.took(100);
  expect(pace.leaveMs).toBe(5_000);
});
