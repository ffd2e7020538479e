import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { installOperator, Stage, team } from './stage.ts';
import { using } from './surroundings.ts';
import { walksOfPage } from './walks.ts';

/** Where the operator is installed, one cluster serves all pages, one after the other. */
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start({ namespace: team });
  await stage.sh(installOperator);
});
afterEach(() => stage.sh(clear));
afterAll(() => stage[Symbol.asyncDispose]());

const clear = `kubectl delete mcl,idp --all -A
kubectl delete cidp --all
kubectl delete deployments,statefulsets,secrets,configmaps --all -n ${team}`;

test.each(using)('$page', async ({ page, words, complaining, before, after }) => {
  await before?.(stage, 0);
  const [commands = [], ...others] = await walksOfPage(page);
  expect(others, 'a page with several ways belongs to those that begin with an empty cluster').toEqual([]);
  await stage.run({ page, commands, ...(words && { words }), ...(complaining && { complaining }) });
  await after?.(stage, 0);
});
