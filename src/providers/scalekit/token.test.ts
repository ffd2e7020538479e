import { describe, expect, test } from 'vitest';
import {
  call,
  createAs,
  failure,
  value,
  wish as anyWish,
} from '../../../test/conformance/provider-conformance.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import { connect, inOrganization, organizationId, type ScalekitRig, startRig } from './testing/rig.ts';

const wish = (more: object = {}) => anyWish({ ...inOrganization, ...more });
/** Requests of the management client for a token. */
const tokens = ({ simulator }: ScalekitRig): number =>
  simulator.requests({ operation: 'token', clientId: simulator.credentials.clientId }).length;
const statuses = ({ simulator }: ScalekitRig, operation: string) =>
  simulator.requests({ operation }).map(({ status }) => status);
const untilHeld = async ({ simulator }: ScalekitRig, count = 1) => {
  await expect.poll(() => simulator.held().length).toBe(count);
  return simulator.held().map(({ id }) => id);
};

describe('a management token', () => {
  test('is asked for once, however many wait, in whatever organization', async () => {
    await using rig = await startRig();
    const other = rig.environment.within('org_2');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? rig.account : other).list(undefined, call)),
    );
    for (const outcome of outcomes) value(outcome);
    expect(tokens(rig)).toBe(1);
  });

  test.each([
    ['a minute before its end', 86_399, 86_339],
    ['or a tenth of its life', 100, 90],
  ])('is renewed %s', async (_when, managementTokenSeconds, renewedAfter) => {
    const clock = new ManualClock();
    await using rig = await startRig({ clock, switches: { managementTokenSeconds } });
    value(await rig.account.list(undefined, call));
    clock.advance(renewedAfter * 1000 - 1);
    value(await rig.account.list(undefined, call));
    expect(tokens(rig)).toBe(1);
    clock.advance(1);
    value(await rig.account.list(undefined, call));
    expect(tokens(rig)).toBe(2);
    expect(statuses(rig, 'list')).toEqual([200, 200, 200]);
  });

  test('is renewed in the middle of a sweep', async () => {
    const clock = new ManualClock();
    await using rig = await startRig({ clock, switches: { managementTokenSeconds: 100, pageSizeCap: 1 } });
    for (const name of ['a', 'b', 'c']) rig.addForeign(name);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = value(await rig.account.list(cursor, call));
      seen.push(...page.clients.map(({ displayName }) => displayName));
      cursor = page.next;
      clock.advance(95_000);
    } while (cursor !== undefined);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect([tokens(rig), statuses(rig, 'list')]).toEqual([3, [200, 200, 200]]);
  });

  test('one who stops waiting does not stop the others', async () => {
    await using rig = await startRig();
    rig.simulator.setFaults([{ fault: 'hold-before', operations: ['token'] }]);
    const leaver = new AbortController();
    const left = rig.account.list(undefined, { signal: leaver.signal });
    const stayed = rig.account.list(undefined, call);
    const [held = 0] = await untilHeld(rig);
    leaver.abort();
    expect(failure(await left)).toMatchObject({ kind: 'rejected', status: 0 });
    rig.simulator.release(held);
    value(await stayed);
    expect([tokens(rig), statuses(rig, 'list')]).toEqual([1, [200]]);
    // And one who has left already asks for nothing.
    rig.simulator.act({ action: 'expireTokens' });
    const gone = await rig.account.create(wish(), undefined, undefined, { signal: AbortSignal.abort() });
    expect(failure(gone).kind).toBe('rejected');
    expect(rig.clients()).toEqual([]);
  });
});

describe('a token that is refused', () => {
  test('is renewed, and the request sent once more: a write too', async () => {
    await using rig = await startRig();
    value(await rig.account.list(undefined, call));
    rig.simulator.act({ action: 'expireTokens' });
    const { client } = await createAs(rig, wish());
    expect(rig.clients().map(({ id }) => id)).toEqual([client.id]);
    expect([tokens(rig), statuses(rig, 'create')]).toEqual([2, [401, 201]]);
  });

  test('is renewed once for all who were refused', async () => {
    await using rig = await startRig();
    value(await rig.account.list(undefined, call));
    rig.simulator.act({ action: 'expireTokens' });
    rig.simulator.setFaults([{ fault: 'hold-before', operations: ['list'], times: 3 }]);
    const lists = [1, 2, 3].map(() => rig.account.list(undefined, call));
    for (const id of await untilHeld(rig, 3)) rig.simulator.release(id);
    for (const outcome of await Promise.all(lists)) value(outcome);
    expect(tokens(rig)).toBe(2);
  });

  test('is not asked for again by one who hears of it late', async () => {
    await using rig = await startRig();
    value(await rig.account.list(undefined, call));
    rig.simulator.act({ action: 'expireTokens' });
    rig.simulator.setFaults([{ fault: 'hold-before', operations: ['list'], times: 2 }]);
    const first = rig.account.list(undefined, call);
    const [one = 0] = await untilHeld(rig);
    const second = rig.account.list('', call);
    const [, other = 0] = await untilHeld(rig, 2);
    rig.simulator.release(one);
    value(await first);
    rig.simulator.release(other);
    value(await second);
    expect(tokens(rig)).toBe(2);
  });

  test('but nothing leaves too late', async () => {
    const clock = new ManualClock();
    await using rig = await startRig({ clock });
    value(await rig.account.list(undefined, call));
    rig.simulator.act({ action: 'expireTokens' });
    rig.simulator.setFaults([{ fault: 'hold-before', operations: ['token'] }]);
    const leaveBy = clock.monotonic() + 1_000;
    const creation = rig.account.create(wish(), undefined, undefined, { ...call, leaveBy });
    const [held = 0] = await untilHeld(rig);
    clock.advance(1_001);
    rig.simulator.release(held);
    const outcome = await creation;
    expect(outcome.kind === 'rejected' && outcome.error.withheld).toBe(true);
    expect([statuses(rig, 'create'), rig.clients()]).toEqual([[401], []]);
  });

  test('a second time: the credential is invalid', async () => {
    await using rig = await startRig({ switches: { accountMode: 'unauthorized' } });
    expect(failure(await rig.account.create(wish(), undefined, undefined, call))).toMatchObject({
      kind: 'rejected',
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
    expect([tokens(rig), statuses(rig, 'create')]).toEqual([2, [401, 401]]);
  });

  test('what is forbidden is not asked for twice', async () => {
    await using rig = await startRig({ switches: { accountMode: 'forbidden' } });
    expect(failure(await rig.account.list(undefined, call)).reason).toBe('PermissionDenied');
    expect([tokens(rig), statuses(rig, 'list')]).toEqual([1, [403]]);
  });
});

describe('no token to be had', () => {
  test.each([
    [401, 'invalid_client', 'oauth'],
    [400, 'invalid_client', 'oauth'],
    [400, 'invalid_credentials', 'oauth'],
    [401, 'any', 'status'],
  ] as const)(
    '%i %s (%s): the credential is invalid, and nothing of it is told',
    async (status, error, shape) => {
      await using rig = await startRig({
        switches: { tokenErrorShape: shape, tokenError: { wrongSecret: { status, error } } },
      });
      rig.simulator.act({ action: 'rotateManagementSecret', secret: 'test_another' });
      const wrong = rig.simulator.issuedSecrets()[0]?.value ?? '';
      const outcome = await rig.account.create(wish(), undefined, undefined, call);
      expect(failure(outcome)).toMatchObject({
        kind: 'rejected',
        reason: 'CredentialsInvalid',
        retry: 'account',
      });
      if (outcome.kind !== 'ok')
        expect(JSON.stringify(outcome.error) + outcome.error.stack).not.toContain(wrong);
      expect(statuses(rig, 'create')).toEqual([]);
    },
  );

  test.each([
    ['an outage', { fault: 'status', status: 503 }, 'ProviderUnavailable', 'soon'],
    ['too many requests', { fault: 'status', status: 429 }, 'RateLimited', 'soon'],
    [
      'another word',
      { fault: 'status', status: 400, errorType: 'invalid_scope' },
      'RejectedByProvider',
      'later',
    ],
    ['a page of a proxy', { fault: 'status', status: 400, body: 'html' }, 'UnexpectedAnswer', 'soon'],
    ['a page instead of a token', { fault: 'status', status: 200, body: 'html' }, 'UnexpectedAnswer', 'soon'],
    ['a redirect', { fault: 'redirect', location: 'http://127.0.0.1:1/' }, 'Redirected', 'later'],
    ['no answer', { fault: 'drop-after' }, 'ProviderUnreachable', 'soon'],
  ] as const)('%s: the write was not sent', async (_what, fault, reason, retry) => {
    await using rig = await startRig();
    rig.simulator.setFaults([{ ...fault, operations: ['token'], times: 1 }]);
    const outcome = await rig.account.create(wish(), undefined, undefined, call);
    expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason, retry });
    expect(statuses(rig, 'create')).toEqual([]);
    // The next one tries again.
    value(await rig.account.create(wish(), undefined, undefined, call));
  });
});

describe('check', () => {
  test('the credential is good, whatever token is held', async () => {
    await using rig = await startRig();
    value(await rig.environment.check(call));
    rig.simulator.act({ action: 'rotateManagementSecret' });
    expect(failure(await rig.environment.check(call))).toMatchObject({
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
  });

  const header = { name: 'X-Gateway-Key', value: 'let-me-in' };
  const behind = (value: string, switches = {}) =>
    startRig(
      { gatewayHeader: header, switches },
      { headers: [{ name: header.name, value: new Secret(value) }] },
      true,
    );

  test('behind a gateway no token is asked for', async () => {
    await using rig = await behind('let-me-in');
    value(await rig.environment.check(call));
    await createAs(rig, wish());
    expect(
      rig.simulator.requests().map(({ operation, authorization }) => [operation, authorization]),
    ).toEqual([
      ['keys', null],
      ['create', null],
    ]);
  });

  test('a gateway that refuses us, is down, or lets nothing but the clients through', async () => {
    await using rig = await behind('wrong', { gatewayGuardsPublicRoutes: true });
    expect(failure(await rig.environment.check(call)).reason).toBe('CredentialsInvalid');
    const answers: [number, boolean][] = [
      [404, true],
      [403, true],
      [503, false],
    ];
    for (const [status, good] of answers) {
      rig.simulator.setFaults([{ fault: 'status', status, body: 'html' }]);
      expect((await rig.environment.check(call)).kind === 'ok', `${status}`).toBe(good);
    }
  });
});

test('the wrong client id', async () => {
  await using rig = await startRig();
  const secret = new Secret(rig.simulator.credentials.clientSecret);
  const environment = connect(rig.simulator.url, { clientId: 'skc_9', secret });
  const outcome = await environment.within(organizationId).list(undefined, call);
  expect(failure(outcome).reason).toBe('CredentialsInvalid');
  await environment.close();
});
