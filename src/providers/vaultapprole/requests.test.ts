import { expect, test } from 'vitest';
import { call, value } from '../../../test/conformance/provider-conformance.ts';
import { create, live, start, wish } from './testing/rig.ts';

/** How many requests a call of the port is, as the budget of the account counts them. */

test('to read a role is three requests, and one for each that was not seen before; the budget hears of each', async () => {
  await using rig = await start();
  const { client } = await create(rig);
  value(await rig.account.mint(wish(), client, call));
  let sent = 0;
  const counted = { ...call, permit: { sent: () => void sent++ } };
  const seen: number[] = [];
  for (let n = 0; n < 2; n++) {
    value(await rig.account.get(client.id, counted));
    seen.push(sent);
  }
  expect(seen).toEqual([5, 8]);
  const { credentials } = await live(rig, client.id);
  value(await rig.account.retire(client, credentials[0]?.id ?? '', counted));
  expect(sent).toBe(9);
});

test('a proof and the end of its token are two requests, of which the budget hears', async () => {
  await using rig = await start();
  const { client, credential } = await create(rig);
  let sent = 0;
  value(
    await rig.account.prove(client.id, credential.values, { ...call, permit: { sent: () => void sent++ } }),
  );
  expect(sent).toBe(2);
});
