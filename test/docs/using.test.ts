import { afterAll, beforeAll, test } from 'vitest';
import { KWOK_STARTS_WITHIN_MS } from '../kwok/kwok.ts';
import { Stage, team } from './stage.ts';
import { installed, using } from './surroundings.ts';
import { walksOfPage } from './walks.ts';

/** Where the operator is installed, one cluster serves all pages, one after the other. */
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start(team);
  await installed(stage);
}, KWOK_STARTS_WITHIN_MS);
afterAll(() => stage[Symbol.asyncDispose]());

const clear = `kubectl delete mcl,idp --all -A
kubectl delete cidp --all
kubectl delete deployments,statefulsets,secrets,configmaps --all -n ${team}`;

test.each(using)('$page', async ({ page, words, before, after }) => {
  await before?.(stage);
  for (const commands of await walksOfPage(page))
    await stage.run({ page, commands, ...(words && { words }) });
  await after?.(stage);
  await stage.sh(clear);
});
