import { machineClientSpec } from '../../../src/api/schema/machine-client.ts';
import type { Capabilities, Minted, NewCredential, Wish } from '../../../src/providers/provider.ts';
import { call } from '../outcomes.ts';
import type { Rig, TrueClient } from '../rig.ts';
import { createAs, wish as usualWish } from './wish.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Drift {
  readonly before: Fields;
  readonly fields: Fields;
  readonly names: readonly string[];
}

/** Of a provider whose clients have a name. */
const byName: Drift = { before: {}, fields: { displayName: 'Theirs' }, names: ['displayName'] };

/** What a check has: an account at a simulator of its own, and wishes as far as the provider bears them. */
export interface Subject {
  readonly rig: Rig;
  /** Of clients of this kind. */
  readonly capabilities: Capabilities;
  /** Of the account. */
  readonly declared: Capabilities;
  /** Of these fields, those that the provider bears. */
  readonly fields: (wanted: Fields) => Fields;
  readonly wish: (spec?: Fields, uid?: string) => Wish;
  /** Fields by which a client is seen to differ, where it was made with those of `before`, and what they are called then. */
  readonly drift: Drift;
  /** It manages no field of the client. */
  readonly unmanaged: Wish;
  readonly create: (spec?: Fields, incarnation?: number) => Promise<Minted>;
  /** Whether the provider takes the credential. */
  readonly works: (clientId: string, credential: NewCredential) => Promise<boolean>;
  /** The one client that there is, as the provider itself knows it. */
  readonly only: () => Promise<TrueClient>;
}

/** `member`: what the spec must hold for this provider. */
export const subjectOf = (
  rig: Rig,
  capabilities: Capabilities,
  member: object,
  drift: Drift = byName,
): Subject => {
  const fields: Subject['fields'] = (wanted) =>
    Object.fromEntries(Object.entries(wanted).filter(([field]) => capabilities.fields.includes(field)));
  const wishFor = (spec: object, uid?: string): Wish => ({
    ...usualWish({}, uid),
    spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec, ...member }),
  });
  const wish: Subject['wish'] = (spec, uid) =>
    wishFor(fields({ displayName: 'App', scopes: ['read:a'], ...spec }), uid);
  return {
    rig,
    capabilities,
    declared: capabilities,
    fields,
    wish,
    drift,
    unmanaged: wishFor({}),
    create: (spec, incarnation) => createAs(rig, wish(spec), incarnation),
    works: async (id, { values }) => (await rig.account.prove(id, values, call)).kind === 'ok',
    only: async () => {
      const clients = await rig.clients();
      const [client] = clients;
      if (!client || clients.length > 1) throw new Error(`${clients.length} clients`);
      return client;
    },
  };
};
