import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { chosenClientId, makeMark } from '../../src/providers/mark.ts';
import type { Outcome } from '../../src/providers/outcome.ts';
import {
  credentialLimit,
  duplicateClient,
  type Capabilities,
  type Minted,
  type NewCredential,
  type SecretValues,
  type UpstreamClient,
  type Wish,
} from '../../src/providers/provider.ts';
import { Secret } from '../../src/runtime/secret.ts';
import type { PortCall, PortFault, Rig } from './rig.ts';

export const mark = makeMark('inst', 'ns', 'app');
export const call = { signal: new AbortController().signal };

/** `displayName: App` and, where the suite is told so, more. */
export const wish = (spec: object = {}, uid = 'uid-1'): Wish => ({
  spec: machineClientSpec.parse({
    providerRef: { name: 'p' },
    displayName: 'App',
    scopes: ['read:a'],
    ...spec,
  }),
  mark,
  uid,
});

export const value = <T>(outcome: Outcome<T>): T => {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind}: ${outcome.error.message}`);
  return outcome.value;
};

export const failure = (outcome: Outcome<unknown>) => {
  if (outcome.kind === 'ok') throw new Error('it was done');
  const { reason, retry, status, retryAfterMs, errorType } = outcome.error;
  return { kind: outcome.kind, reason, retry, status, retryAfterMs, errorType };
};

/** A client with its first credential, in one call or in two. */
export const createAs = async ({ account }: Rig, wanted: Wish, incarnation = 0): Promise<Minted> => {
  const id = account.capabilities.choosesClientId ? chosenClientId(mark, 'uid-1', incarnation) : undefined;
  const { client, credential } = value(await account.create(wanted, id, undefined, call));
  return credential ? { client, credential } : value(await account.mint(wanted, client, call));
};
export const create = (rig: Rig, spec: object = {}, incarnation = 0): Promise<Minted> =>
  createAs(rig, wish(spec), incarnation);
const wishOf = wish;

/** For `each`: what does not apply is not there, rather than skipped. */
const when = (applies: boolean): readonly string[] => (applies ? [''] : []);

/** What stands for the whole credential where a test needs one text of it. */
export const textOf = ({ values }: NewCredential): string =>
  (values.ClientSecret ?? values.AccessKey ?? values.PrivateKey)?.reveal() ?? '';

type Kind = Outcome<unknown>['kind'];
/** What each fault means: of a write nobody may say "rejected" when it may have been done. */
export const faults: readonly (readonly [
  name: string,
  fault: PortFault,
  write: Kind,
  read: Kind,
  reason: string,
])[] = [
  [
    'the connection drops before the work',
    { fault: 'drop-before' },
    'unknown',
    'rejected',
    'ProviderUnreachable',
  ],
  [
    'the connection drops after the work',
    { fault: 'drop-after' },
    'unknown',
    'rejected',
    'ProviderUnreachable',
  ],
  ['the answer breaks off', { fault: 'truncate' }, 'unknown', 'rejected', 'ProviderUnreachable'],
  [
    'a proxy’s 502 before the work',
    { fault: 'html-502', phase: 'before' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  [
    'a proxy’s 502 after the work',
    { fault: 'html-502', phase: 'after' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  ['500', { fault: 'status', status: 500 }, 'unknown', 'rejected', 'ProviderUnavailable'],
  [
    '503 in HTML',
    { fault: 'status', status: 503, body: 'html' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  [
    '200 with a page of a proxy',
    { fault: 'status', status: 200, body: 'html', phase: 'after' },
    'unknown',
    'rejected',
    'UnexpectedAnswer',
  ],
  [
    'a redirect',
    { fault: 'redirect', location: 'http://127.0.0.1:1/' },
    'rejected',
    'rejected',
    'Redirected',
  ],
  [
    '429',
    { fault: 'status', status: 429, headers: { 'retry-after': '7' } },
    'rejected',
    'rejected',
    'RateLimited',
  ],
  ['402', { fault: 'status', status: 402, body: 'html' }, 'rejected', 'rejected', 'PaymentRequired'],
  ['403', { fault: 'status', status: 403, body: 'html' }, 'rejected', 'rejected', 'PermissionDenied'],
  [
    'a gateway’s own 404',
    { fault: 'status', status: 404, body: 'html' },
    'rejected',
    'rejected',
    'UnexpectedAnswer',
  ],
  [
    'a gateway’s own 400',
    { fault: 'status', status: 400, body: 'html' },
    'rejected',
    'rejected',
    'UnexpectedAnswer',
  ],
];

/**
 * What every provider must do, against its simulator. It is driven by the declared capabilities: a provider that
 * cannot do a thing says so, and is not asked to.
 */
export const providerConformance = (
  capabilities: Capabilities,
  start: () => Promise<Rig>,
  options: { readonly faults?: boolean; readonly spec?: object } = {},
): void => {
  const { style } = capabilities;
  const twoPhase = style === 'two-phase';
  const additive = style === 'additive';
  const bears = (field: string): boolean => capabilities.fields.includes(field);
  const fields = (wanted: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(wanted).filter(([field]) => bears(field)));
  /** The usual wish, as far as the provider bears it. */
  const wish = (spec: Readonly<Record<string, unknown>> = {}, uid = 'uid-1'): Wish => ({
    ...wishOf({}, uid),
    spec: machineClientSpec.parse({
      providerRef: { name: 'p' },
      ...fields({ displayName: 'App', scopes: ['read:a'], ...spec }),
      ...options.spec,
    }),
  });
  const create = (of: Rig, spec: Readonly<Record<string, unknown>> = {}, incarnation = 0) =>
    createAs(of, wish(spec), incarnation);
  const works = async (id: string, { values }: NewCredential): Promise<boolean> =>
    (await rig.account.prove(id, values, call)).kind === 'ok';
  let rig: Rig;
  beforeEach(async () => {
    rig = await start();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const only = () => {
    const [client, ...others] = rig.clients();
    if (!client || others.length > 0) throw new Error(`${rig.clients().length} clients`);
    return client;
  };

  test('it says what it can do', () => {
    expect(rig.account.capabilities).toEqual(capabilities);
  });

  describe('create', () => {
    test('makes a client with the fields and the mark, and gives its secret once', async () => {
      const minted = await create(rig, { description: 'd' });
      expect(only()).toMatchObject({
        id: minted.client.id,
        active: true,
        ...fields({ displayName: 'App', description: 'd', scopes: ['read:a'] }),
      });
      expect(only().secrets).toHaveLength(1);
      expect(minted.client).toMatchObject({ mark, uid: 'uid-1', active: true, released: false });
      expect(minted.client.credentials.map(({ id }) => id)).toEqual([minted.credential.id]);
      expect(rig.account.differences(wish({ description: 'd' }), minted.client)).toEqual([]);
      expect(JSON.stringify(minted)).not.toContain(textOf(minted.credential));
    });

    test.each(when(capabilities.choosesClientId))(
      'a repeat collides instead of making a second one',
      async () => {
        const { client } = await create(rig);
        const again = await rig.account.create(wish(), client.id, undefined, call);
        expect(failure(again)).toMatchObject({
          kind: 'rejected',
          reason: 'RejectedByProvider',
          retry: 'soon',
          errorType: duplicateClient,
        });
        expect(rig.clients()).toHaveLength(1);
      },
    );
  });

  describe('get', () => {
    test('shows a client as create did', async () => {
      const { client } = await create(rig);
      expect(value(await rig.account.get(client.id, call))).toEqual(client);
    });

    test('there is none', async () => {
      expect(await rig.account.get('nobody', call)).toEqual({ kind: 'ok', value: undefined });
    });

    test('an id with characters that mean something in a path', async () => {
      expect(value(await rig.account.get('a/b?c=d#e f%2f..', call))).toBeUndefined();
    });

    test('a client without a mark', async () => {
      const id = rig.addForeign('theirs');
      expect(value(await rig.account.get(id, call))).toMatchObject({ id, mark: undefined });
    });
  });

  test.each(when(capabilities.canList))('list pages to its end', async () => {
    const ids = [rig.addForeign('theirs')];
    for (let incarnation = 0; incarnation < 4; incarnation++)
      ids.push((await create(rig, {}, incarnation)).client.id);
    rig.limitPages(2);
    const seen: UpstreamClient[] = [];
    let cursor: string | undefined;
    do {
      const page = value(await rig.account.list(cursor, call));
      expect(page.clients.length).toBeLessThanOrEqual(2);
      seen.push(...page.clients);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(
      seen.filter((client) => client.mark?.full === mark.full || client.shortMark === mark.short),
    ).toHaveLength(4);
    expect(rig.requests('list')).toBe(3);
  });

  describe('update', () => {
    test('puts every field right, and nothing differs afterwards', async () => {
      const { client } = await create(rig);
      const wanted = wish(
        {
          displayName: 'New',
          description: 'new',
          scopes: ['b', 'c'],
          ...(capabilities.canDeactivate && { state: 'Inactive' }),
        },
        'uid-2',
      );
      expect(rig.account.differences(wanted, client)).not.toEqual([]);
      const updated = value(await rig.account.update(wanted, client, call));
      expect(rig.account.differences(wanted, updated)).toEqual([]);
      expect(updated.uid).toBe('uid-2');
      expect(only()).toMatchObject({
        ...fields({ displayName: 'New', description: 'new', scopes: ['b', 'c'] }),
        active: !capabilities.canDeactivate,
      });
      // An answer to an update need not show the credentials: they are as they were.
      expect(updated.credentials).toEqual(client.credentials);
    });

    test('an absent field is not managed', async () => {
      const { client } = await create(rig, { description: 'd' });
      const spec = machineClientSpec.parse({ providerRef: { name: 'p' }, ...options.spec });
      expect(rig.account.differences({ ...wish(), spec }, client)).toEqual([]);
    });

    const empty = { displayName: '', description: '', scopes: [], audiences: [] };
    test.each(Object.entries(empty).filter(([field]) => bears(field)))(
      'an empty %s is cleared, or refused before anything is sent',
      async (field, nothing) => {
        const full = {
          displayName: 'App',
          description: 'd',
          scopes: ['read:a'],
          audiences: ['https://a.test'],
        };
        const { client } = await create(rig, full);
        const cleared = wish({ ...full, [field]: nothing });
        expect(rig.account.differences(cleared, client)).toEqual([field]);
        const refusal = rig.account.refuse(cleared, client);
        if (!capabilities.clearable.includes(field)) {
          expect(refusal?.reason).toBe('FieldNotSupported');
          return;
        }
        expect(refusal).toBeUndefined();
        const updated = value(await rig.account.update(cleared, client, call));
        expect(rig.account.differences(cleared, updated)).toEqual([]);
        const shown = value(await rig.account.get(client.id, call));
        expect(shown && rig.account.differences(cleared, shown)).toEqual([]);
      },
    );

    test('drift is seen, and put right', async () => {
      const { client } = await create(rig);
      const theirs = wish({ displayName: 'Theirs' });
      value(await rig.account.update(theirs, client, call));
      const shown = value(await rig.account.get(client.id, call));
      if (!shown) throw new Error('gone');
      expect(rig.account.differences(wish(), shown)).toEqual(['displayName']);
      expect(rig.account.differences(wish(), value(await rig.account.update(wish(), shown, call)))).toEqual(
        [],
      );
    });

    test('adoption: a foreign client gets the mark', async () => {
      const found = value(await rig.account.get(rig.addForeign('theirs'), call));
      if (!found) throw new Error('not found');
      const updated = value(await rig.account.update(wish(), found, call));
      expect(updated.mark).toEqual(mark);
    });

    test('a client that is gone', async () => {
      const { client } = await create(rig);
      rig.removeInConsole(client.id);
      const wanted = wish({ displayName: 'New' });
      expect(failure(await rig.account.update(wanted, client, call)).kind).toBe('rejected');
    });
  });

  test('release: it is nobody’s from then on, and works as before', async () => {
    const { client, credential } = await create(rig);
    const released = value(await rig.account.release(client, call));
    expect(released).toMatchObject({ id: client.id, mark: undefined, released: true });
    expect(value(await rig.account.get(client.id, call))).toEqual(released);
    value(await rig.account.prove(client.id, credential.values, call));
  });

  describe('remove', () => {
    test('it is gone', async () => {
      const { client } = await create(rig);
      value(await rig.account.remove(client.id, call));
      expect(rig.clients()).toEqual([]);
    });

    test('gone already is a success', async () => {
      expect((await rig.account.remove('nobody', call)).kind).toBe('ok');
    });

    test('a gateway’s 404 is not', async () => {
      const { client } = await create(rig);
      rig.fault('remove', { fault: 'status', status: 404, body: 'html' });
      expect((await rig.account.remove(client.id, call)).kind).toBe('rejected');
      expect(rig.clients()).toHaveLength(1);
    });
  });

  describe('prove', () => {
    test('yes', async () => {
      const { client, credential } = await create(rig);
      value(await rig.account.prove(client.id, credential.values, call));
    });

    test.each([
      ['a wrong secret', false, 'wrong-secret-value'],
      ['an empty secret', false, ''],
      ['a client that there is not', true, undefined],
    ])('%s: no', async (_name, unknownClient, wrong) => {
      const { client, credential } = await create(rig);
      const values: SecretValues =
        wrong === undefined
          ? credential.values
          : Object.fromEntries(capabilities.secretFields.map((field) => [field, new Secret(wrong)]));
      if (unknownClient) value(await rig.account.remove(client.id, call));
      const outcome = await rig.account.prove(client.id, values, call);
      // An empty secret may be a malformed request: all the same it is no yes.
      if (wrong === '') expect(outcome.kind).toBe('rejected');
      else expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason: 'CredentialRefused' });
    });

    test.each([400, 401, 403, 404])('a gateway’s own %i says nothing of the credential', async (status) => {
      const { client, credential } = await create(rig);
      rig.fault('prove', { fault: 'status', status, body: 'html' });
      expect(failure(await rig.account.prove(client.id, credential.values, call)).reason).not.toBe(
        'CredentialRefused',
      );
    });
  });

  describe.each(when(twoPhase))('rotation in two phases', () => {
    test('start: both work; promote: the new one alone', async () => {
      const first = await create(rig);
      const second = value(await rig.account.mint(wish(), first.client, call));
      expect(second.client.credentials.map(({ id, position }) => [position, id])).toEqual([
        ['current', first.credential.id],
        ['next', second.credential.id],
      ]);
      const { id } = first.client;
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, true]);
      const promoted = value(await rig.account.promote(second.client, call));
      expect(promoted.credentials.map((credential) => [credential.position, credential.id])).toEqual([
        ['current', second.credential.id],
      ]);
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([false, true]);
    });

    test('cancel: the old one alone', async () => {
      const first = await create(rig);
      const second = value(await rig.account.mint(wish(), first.client, call));
      const cancelled = value(await rig.account.cancel(second.client, call));
      expect(cancelled.credentials.map(({ id }) => id)).toEqual([first.credential.id]);
      const { id } = first.client;
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, false]);
    });

    test('start twice, promote and cancel without start: refused, to be looked at again soon', async () => {
      const { client } = await create(rig);
      const refused = { kind: 'rejected', reason: 'RejectedByProvider', retry: 'soon' };
      expect(failure(await rig.account.promote(client, call))).toMatchObject(refused);
      expect(failure(await rig.account.cancel(client, call))).toMatchObject(refused);
      value(await rig.account.mint(wish(), client, call));
      expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject(refused);
    });
  });

  describe.each(when(additive))('rotation by addition', () => {
    const { credentialLimit: most = 0 } = capabilities;

    test('mint: both work; retire: the new one alone', async () => {
      const first = await create(rig);
      const second = value(await rig.account.mint(wish(), first.client, call));
      const ids = [first.credential.id, second.credential.id];
      expect(second.client.credentials.map(({ id }) => id)).toEqual(ids);
      const shown = value(await rig.account.get(first.client.id, call));
      expect(shown?.credentials.map(({ id }) => id)).toEqual(ids);
      const { id } = first.client;
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, true]);
      const retired = value(await rig.account.retire(second.client, first.credential.id, call));
      expect(retired.credentials.map((one) => one.id)).toEqual([second.credential.id]);
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([false, true]);
      // Gone already is a success.
      expect((await rig.account.retire(second.client, first.credential.id, call)).kind).toBe('ok');
    });

    test('abandon: the new one is deleted, the old one stays', async () => {
      const first = await create(rig);
      const second = value(await rig.account.mint(wish(), first.client, call));
      value(await rig.account.retire(second.client, second.credential.id, call));
      const { id } = first.client;
      expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, false]);
    });

    test('what identifies a credential', async () => {
      const first = await create(rig);
      const second = value(await rig.account.mint(wish(), first.client, call));
      const identified = [first, second].map(
        ({ credential }) => rig.account.identify(credential.values, second.client)?.id,
      );
      expect(identified).toEqual([first.credential.id, second.credential.id]);
    });

    test('as many as there may be, and one more', async () => {
      let { client } = await create(rig);
      while (client.credentials.length < most)
        ({ client } = value(await rig.account.mint(wish(), client, call)));
      expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
        kind: 'rejected',
        errorType: credentialLimit,
      });
      const [oldest] = client.credentials;
      value(await rig.account.retire(client, oldest?.id ?? '', call));
      value(await rig.account.mint(wish(), client, call));
    });

    test.each(when(capabilities.keepsLastCredential))('the last one cannot be deleted', async () => {
      const { client, credential } = await create(rig);
      expect((await rig.account.retire(client, credential.id, call)).kind).toBe('rejected');
      expect(await works(client.id, credential)).toBe(true);
    });
  });

  type Act = (client: UpstreamClient, credential: NewCredential) => Promise<Outcome<unknown>>;
  type Case = readonly [call: PortCall, write: boolean, act: Act];
  const positional: readonly Case[] = [
    ['promote', true, (client) => rig.account.promote(client, call)],
    ['cancel', true, (client) => rig.account.cancel(client, call)],
  ];
  const byId: readonly Case[] = [['retire', true, (client, { id }) => rig.account.retire(client, id, call)]];
  const listing: readonly Case[] = [['list', false, () => rig.account.list(undefined, call)]];
  const calls: readonly Case[] = [
    [
      'create',
      true,
      () => rig.account.create(wish(), capabilities.choosesClientId ? 'another' : undefined, undefined, call),
    ],
    ['get', false, (client) => rig.account.get(client.id, call)],
    ...(capabilities.canList ? listing : []),
    ['update', true, (client) => rig.account.update(wish({ displayName: 'New' }), client, call)],
    ['release', true, (client) => rig.account.release(client, call)],
    ['remove', true, (client) => rig.account.remove(client.id, call)],
    ['mint', true, (client) => rig.account.mint(wish(), client, call)],
    ...(twoPhase ? positional : []),
    ...(additive ? byId : []),
    ['prove', false, (client, { values }) => rig.account.prove(client.id, values, call)],
  ];

  describe.each(options.faults === false ? [] : calls)('%s under faults', (name, write, act) => {
    const prepare = async (): Promise<Minted> => {
      const minted = await create(rig);
      if (name !== 'promote' && name !== 'cancel' && name !== 'retire') return minted;
      const { client } = value(await rig.account.mint(wish(), minted.client, call));
      return { ...minted, client };
    };

    test.each(faults)('%s', async (_name, fault, ofWrite, ofRead, reason) => {
      const { client, credential } = await prepare();
      const before = rig.requests(name);
      rig.fault(name, fault);
      const outcome = await act(client, credential);
      expect(failure(outcome)).toMatchObject({ kind: write ? ofWrite : ofRead, reason });
      // One request, never repeated.
      expect(rig.requests(name)).toBe(before + 1);
      if (outcome.kind !== 'ok') {
        expect(outcome.error.message).not.toMatch(/html|h1/i);
        expect(outcome.error.message).not.toContain(textOf(credential));
        if (reason === 'RateLimited') expect(outcome.error.retryAfterMs).toBe(7_000);
      }
    });
  });

  test('too late to leave: it does not, and says so', async () => {
    const { client } = await create(rig);
    const before = [rig.requests('mint'), rig.requests('remove')];
    const late = { ...call, leaveBy: Number.NEGATIVE_INFINITY };
    expect(failure(await rig.account.mint(wish(), client, late))).toMatchObject({
      kind: 'rejected',
      status: 0,
    });
    expect(failure(await rig.account.remove(client.id, late))).toMatchObject({ kind: 'rejected', status: 0 });
    expect([rig.requests('mint'), rig.requests('remove')]).toEqual(before);
  });

  test('401 stops the account', async () => {
    const { client, credential } = await create(rig);
    for (const [name, , act] of calls.filter(([name]) => name !== 'prove')) {
      // Where a login can be renewed the same is said twice.
      rig.fault(name, { fault: 'status', status: 401 }, 2);
      expect(failure(await act(client, credential)), name).toMatchObject({
        kind: 'rejected',
        reason: 'CredentialsInvalid',
        retry: 'account',
      });
    }
  });
};
