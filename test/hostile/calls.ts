import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { makeMark } from '../../src/providers/mark.ts';
import type { Outcome } from '../../src/providers/outcome.ts';
import type { Call, UpstreamClient, Wish } from '../../src/providers/provider.ts';
import { Secret } from '../../src/runtime/secret.ts';
import type { Sampled } from '../helpers/samples.ts';
import type { FlatAccount } from '../helpers/flat-account.ts';
import { upstreamClient } from '../../src/machine-client/testing/facts.ts';

/** Every call that a provider has, by its capabilities. */

export const installation = 'inst';

export interface ProviderCall {
  readonly name: string;
  readonly isWrite: boolean;
  readonly run: (account: FlatAccount, call: Call) => Promise<Outcome<unknown>>;
}

const uid = '00000000-0000-4000-8000-000000000001';
const values = { ClientSecret: new Secret('not-a-real-secret'), RoleID: new Secret('role-id') };
const mark = makeMark(installation, 'ns', 'app');

const read = (name: string, run: ProviderCall['run']): ProviderCall => ({ name, isWrite: false, run });
const write = (name: string, run: ProviderCall['run']): ProviderCall => ({ name, isWrite: true, run });

/** One that reads first is answered before anything is written. */
const writeOf = (
  { readsFirst = [] }: Sampled,
  name: NonNullable<Sampled['readsFirst']>[number],
  run: ProviderCall['run'],
): ProviderCall => ({ name, isWrite: !readsFirst.includes(name), run });

const wishOf = ({ client }: Sampled, fields: object): Wish => ({
  spec: machineClientSpec.parse({
    providerRef: { name: 'p' },
    ...fields,
    ...client,
  }),
  mark,
  uid,
});

const clientOf = (id: string, { specific }: Sampled): UpstreamClient =>
  upstreamClient({ id, mark, uid, credentials: [{ id: 'credential-1', suffix: undefined }], specific });

const retire = (sampled: Sampled, client: UpstreamClient, credentialId: string): ProviderCall =>
  writeOf(sampled, 'retire', (account, call) => account.retire(client, credentialId, call));

/** Those on one client, into whose path its id goes. */
const onClient = (sampled: Sampled, id: string): readonly ProviderCall[] => {
  const client = clientOf(id, sampled);
  const wish = wishOf(sampled, { displayName: 'app' });
  const { style, marksLater } = sampled.module.capabilities;
  return [
    read('get', (account, call) => account.get(id, call)),
    writeOf(sampled, 'update', (account, call) => account.update(wish, client, call)),
    ...(marksLater ? [writeOf(sampled, 'release', (account, call) => account.release(client, call))] : []),
    writeOf(sampled, 'mint', (account, call) => account.mint(wish, client, call)),
    writeOf(sampled, 'remove', (account, call) => account.remove(id, call)),
    // Where secrets are staged, what is sampled may be keys, which are additive.
    ...(style === 'additive' || style === 'staged' ? [retire(sampled, client, 'credential-1')] : []),
    ...(style === 'staged'
      ? [
          read('read', (account, call) => account.read(client, 'credential-1', call)),
          writeOf(sampled, 'turn', (account, call) => account.turn(client, 'credential-1', call)),
          writeOf(sampled, 'drop', (account, call) => account.drop(client, 'credential-1', call)),
        ]
      : []),
    ...(style === 'two-phase'
      ? [
          write('promote', (account, call) => account.promote(client, call)),
          write('cancel', (account, call) => account.cancel(client, call)),
        ]
      : []),
  ];
};

/** Those on all of them, and on none. */
const beside = (sampled: Sampled): readonly ProviderCall[] => {
  const wish = wishOf(sampled, { displayName: 'app' });
  return [
    ...(sampled.module.capabilities.canList
      ? [read('list', (account, call) => account.list(undefined, call))]
      : []),
    writeOf(sampled, 'create', (account, call) => account.create(wish, 'client-1', undefined, call)),
  ];
};

const withoutClients = (sampled: Sampled): readonly ProviderCall[] => {
  const wish = wishOf(sampled, {});
  return [
    read('check', (account, call) => account.check(call)),
    write('issue', (account, call) => account.issue(wish, call)),
  ];
};

/** Within one organization, where the provider keeps its clients in some. */
const within = (
  sampled: Sampled,
  calls: readonly ProviderCall[],
  organization = wishOf(sampled, {}).spec.organizationId,
): readonly ProviderCall[] =>
  organization === undefined
    ? calls
    : calls.map((one) => ({ ...one, run: (account, call) => one.run(account.within(organization), call) }));

const hasClients = ({ module }: Sampled): boolean => module.capabilities.style !== 'ephemeral';

export const callsOf = (sampled: Sampled): readonly ProviderCall[] =>
  hasClients(sampled)
    ? [
        ...within(sampled, [...beside(sampled), ...onClient(sampled, 'client-1')]),
        read('prove', (account, call) => account.prove('client-1', sampled.values ?? values, call)),
      ]
    : withoutClients(sampled);

/** Calls into whose path an id goes, for one id. */
export const callsWithId = (sampled: Sampled, id: string): readonly ProviderCall[] => {
  if (!hasClients(sampled)) return [];
  const { style, listsByOrganization } = sampled.module.capabilities;
  const ofCredential =
    style === 'additive' && !sampled.narrowIds && !sampled.idsInQuery
      ? [retire(sampled, clientOf('client-1', sampled), id)]
      : [];
  return [
    ...within(sampled, [...onClient(sampled, id), ...ofCredential]),
    ...(listsByOrganization
      ? within(sampled, [...beside(sampled), ...onClient(sampled, 'client-1')], id)
      : []),
  ];
};
