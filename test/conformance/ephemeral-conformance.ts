import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import type { Outcome } from '../../src/providers/outcome.ts';
import type { Capabilities, NewCredential, UpstreamClient, Wish } from '../../src/providers/provider.ts';
import type { EphemeralCall, EphemeralFault, EphemeralRig } from './ephemeral-rig.ts';
import { call, failure, faults, mark, value } from './provider-conformance.ts';

/** A spec of its member alone: there is no client that could have a name. */
export const ephemeralWish = (spec: object = {}): Wish => ({
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
  mark,
  uid: 'uid-1',
});

export const secretOf = ({ values }: NewCredential): string => values.ClientSecret?.reveal() ?? '';

const client: UpstreamClient = {
  id: 'x',
  mark,
  released: false,
  displayName: '',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [],
  specific: undefined,
};

const inJson = (status: number, headers: Record<string, string> = {}): EphemeralFault => ({
  fault: 'status',
  status,
  headers,
});
const inHtml = (status: number): EphemeralFault => ({ fault: 'status', status, body: 'html' });
const wait = { 'retry-after': '7' };

/** What is refused, by the provider itself or by what stands before it: nothing was done, whatever was asked. */
const refusals: readonly (readonly [
  name: string,
  fault: EphemeralFault,
  meaning: Partial<ReturnType<typeof failure>>,
])[] = [
  ['401', inJson(401), { reason: 'CredentialsInvalid', retry: 'account' }],
  ['401 in HTML', inHtml(401), { reason: 'CredentialsInvalid', retry: 'account' }],
  ['402', inJson(402), { reason: 'PaymentRequired', retry: 'later' }],
  ['403', inJson(403), { reason: 'PermissionDenied', retry: 'later' }],
  ['403 with Retry-After', inJson(403, wait), { reason: 'PermissionDenied', retryAfterMs: 7_000 }],
  ['404', inJson(404), { reason: 'RejectedByProvider' }],
  ['409', inJson(409), { reason: 'RejectedByProvider', retry: 'soon', retryAfterMs: undefined }],
  ['409 with Retry-After', inJson(409, wait), { reason: 'RejectedByProvider', retryAfterMs: 7_000 }],
  ['409 in HTML', inHtml(409), { retry: 'soon' }],
  ['422 in HTML', inHtml(422), { reason: 'UnexpectedAnswer', retry: 'soon' }],
  ['429', inJson(429), { reason: 'RateLimited', retry: 'soon', retryAfterMs: undefined }],
  ['429 with Retry-After', inJson(429, wait), { reason: 'RateLimited', retryAfterMs: 7_000 }],
  ['429 in HTML', inHtml(429), { reason: 'RateLimited', retry: 'soon' }],
];

/** The server did not say what became of it. */
const serverErrors: readonly (readonly [
  name: string,
  fault: EphemeralFault,
  retryAfterMs: number | undefined,
])[] = [
  ['500', inJson(500), undefined],
  ['500 in HTML', inHtml(500), undefined],
  ['502 in HTML', inHtml(502), undefined],
  ['503', inJson(503), undefined],
  ['503 with Retry-After', inJson(503, wait), 7_000],
  ['504 in HTML', inHtml(504), undefined],
];

/** Texts that a careless hand would break on their way into a Secret. */
const awkward = [
  '"quoted"',
  "'quoted'",
  'a\nb\r\n',
  '\\"\\n',
  '{"a":[]}',
  '$HOME ${x} `y`',
  'ä€𝄞 \u2028',
  ' ',
];

/**
 * What every provider must do whose secrets belong to no client and end by themselves, against its simulator.
 * `options.spec`: the wish. `options.faults: false`: what faults mean does not depend on this variant.
 */
export const ephemeralConformance = (
  capabilities: Capabilities,
  start: (connection?: { readonly timeoutMs: number }) => Promise<EphemeralRig>,
  options: { readonly faults?: boolean; readonly spec?: object } = {},
): void => {
  const wish = ephemeralWish(options.spec);
  let rig: EphemeralRig;
  beforeEach(async () => {
    rig = await start();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  test('it says what it can do', () => {
    expect(rig.account.capabilities).toEqual(capabilities);
    expect(capabilities).toMatchObject({ style: 'ephemeral', canList: false, proofTimeMs: 0 });
  });

  describe('issue', () => {
    test('gives the secret once, with its end, and says it to nobody else', async () => {
      const before = Date.now();
      const credential = value(await rig.account.issue(wish, call));
      expect(rig.issued()).toEqual([secretOf(credential)]);
      expect(credential.expiryTime).toBeGreaterThan(before);
      expect(JSON.stringify(credential)).not.toContain(secretOf(credential));
      expect(await rig.works(secretOf(credential))).toBe(true);
    });

    test('each one is another, and both work', async () => {
      const issued = [await rig.account.issue(wish, call), await rig.account.issue(wish, call)].map((one) =>
        secretOf(value(one)),
      );
      expect(new Set(issued).size).toBe(2);
      for (const secret of issued) expect(await rig.works(secret)).toBe(true);
      expect(rig.requests('issue')).toBe(2);
    });

    test.each(awkward)('a secret with %j is kept to the letter', async (text) => {
      rig.beginSecretsWith(text);
      const credential = value(await rig.account.issue(wish, call));
      expect(secretOf(credential)).toBe(rig.issued()[0]);
      expect(credential.id).toMatch(/^[!-~]{4}$/);
    });

    test('fields that are not known are let through', async () => {
      rig.answerAlso({ id: 7, secret: null, nested: { clientSecret: 'another' }, list: [1] });
      const credential = value(await rig.account.issue(wish, call));
      expect(secretOf(credential)).toBe(rig.issued()[0]);
    });

    test.each([
      ['an error with the status of a success', { fault: 'status', status: 200, phase: 'after' }],
      ['a page', { fault: 'status', status: 201, body: 'html', phase: 'after' }],
    ] as const)('%s is no secret, and it may have been issued', async (_name, fault) => {
      rig.fault('issue', fault);
      expect(failure(await rig.account.issue(wish, call))).toMatchObject({
        kind: 'unknown',
        reason: 'UnexpectedAnswer',
      });
    });

    test('what was refused as the spec’s fault is not tried again before the spec changes', async () => {
      rig.fault('issue', inJson(400));
      expect(failure(await rig.account.issue(wish, call))).toMatchObject({
        kind: 'rejected',
        reason: 'RejectedByProvider',
        retry: 'spec',
      });
    });

    test('too late to leave: it does not, and says so', async () => {
      const late = { ...call, leaveBy: Number.NEGATIVE_INFINITY };
      expect(failure(await rig.account.issue(wish, late))).toMatchObject({ kind: 'rejected', status: 0 });
      expect(rig.requests()).toBe(0);
    });
  });

  test('check: yes, without issuing anything', async () => {
    value(await rig.account.check(call));
    expect(rig.requests('check')).toBe(1);
    expect(rig.issued()).toEqual([]);
  });

  test('a spec cannot be at fault for a refused check', async () => {
    for (const status of [400, 404, 422]) {
      rig.fault('check', inJson(status));
      expect(failure(await rig.account.check(call))).toMatchObject({ kind: 'rejected', retry: 'later' });
    }
  });

  test('what needs a client is not offered, and asks nobody', async () => {
    const { account } = rig;
    const credential = value(await account.issue(wish, call));
    const asked = rig.requests();
    for (const outcome of [
      await account.list(undefined, call),
      await account.get('x', call),
      await account.create(wish, undefined, undefined, call),
      await account.update(wish, client, call),
      await account.mint(wish, client, call),
      await account.retire(client, credential.id, call),
      await account.promote(client, call),
      await account.cancel(client, call),
      await account.remove('x', call),
      await account.release(client, call),
      await account.prove('', credential.values, call),
    ])
      expect(outcome).toMatchObject({ kind: 'rejected', error: { withheld: true, status: 0 } });
    expect(rig.requests()).toBe(asked);
    expect(account.differences(wish, client)).toEqual([]);
    expect(account.identify(credential.values, client)).toBeUndefined();
    expect(account.refuse(wish)).toBeUndefined();
    expect(account.within('x')).toBe(account);
    // A proof would have spent it.
    expect(await rig.works(secretOf(credential))).toBe(true);
  });

  const acts: readonly (readonly [
    name: EphemeralCall,
    write: boolean,
    act: (of: EphemeralRig) => Promise<Outcome<unknown>>,
  ])[] = [
    ['issue', true, (of) => of.account.issue(wish, call)],
    ['check', false, (of) => of.account.check(call)],
  ];

  describe.each(options.faults === false ? [] : acts)('%s under faults', (name, write, act) => {
    /** One request, never repeated; an error with the same text each time, and nothing in it that came from outside. */
    const meet = async (fault: EphemeralFault, of = rig): Promise<ReturnType<typeof failure>> => {
      const before = of.requests(name);
      const met: ReturnType<typeof failure>[] = [];
      const texts = new Set<string>();
      for (const _ of [1, 2]) {
        of.fault(name, fault);
        const outcome = await act(of);
        met.push(failure(outcome));
        if (outcome.kind === 'ok') continue;
        const { message, errorType, requestId } = outcome.error;
        texts.add(message);
        const told = JSON.stringify([message, errorType, requestId]);
        expect(told).not.toMatch(/html|h1/i);
        for (const secret of [of.login, ...of.issued()]) expect(told).not.toContain(secret);
      }
      expect(texts.size).toBe(1);
      expect(of.requests(name)).toBe(before + 2);
      const [first, second] = met;
      expect(second).toEqual(first);
      if (!first) throw new Error('nothing was asked');
      return first;
    };

    test.each(faults)('%s', async (_name, fault, ofWrite, ofRead, reason) => {
      expect(await meet(fault)).toMatchObject({ kind: write ? ofWrite : ofRead, reason });
    });

    test.each(refusals)('%s', async (_name, fault, meaning) => {
      expect(await meet(fault)).toMatchObject({ kind: 'rejected', ...meaning });
      expect(rig.issued()).toEqual([]);
    });

    test.each(serverErrors)('%s', async (_name, fault, retryAfterMs) => {
      expect(await meet(fault)).toMatchObject({
        kind: write ? 'unknown' : 'rejected',
        reason: 'ProviderUnavailable',
        retry: 'soon',
        retryAfterMs,
      });
    });

    test('slow, and in pieces: it is waited for', async () => {
      rig.fault(name, { fault: 'slow-body', chunkBytes: 7, intervalMs: 5 });
      value(await act(rig));
      expect(rig.requests(name)).toBe(1);
    });

    test.each(['before', 'after'] as const)('no answer in time (%s the work)', async (phase) => {
      await using hasty = await start({ timeoutMs: 150 });
      expect(await meet({ fault: 'delay', ms: 2_000, phase }, hasty)).toMatchObject({
        kind: write ? 'unknown' : 'rejected',
        reason: 'ProviderUnreachable',
        retry: 'soon',
      });
    });

    test('called off while it is under way', async () => {
      rig.fault(name, { fault: 'delay', ms: 2_000, phase: 'before' });
      const controller = new AbortController();
      const under = { signal: controller.signal };
      const asked = name === 'issue' ? rig.account.issue(wish, under) : rig.account.check(under);
      await expect.poll(() => rig.requests(name)).toBe(1);
      controller.abort(new Error('enough'));
      expect(failure(await asked).kind).toBe(write ? 'unknown' : 'rejected');
    });
  });
};
