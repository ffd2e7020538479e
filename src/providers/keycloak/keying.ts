import { Secret } from '../../runtime/secret.ts';
import { without } from '../inventory.ts';
import { type MakePrivateKey, pemOf } from '../key-pairs.ts';
import { ok, type Outcome } from '../outcome.ts';
import type { AdditiveCalls, Call, Minted, UpstreamClient, Wish } from '../provider.ts';
import { type ClientApi, type Found, rejected } from './client-api.ts';
import { type Entry, entryOf, formatKeySet, LONGEST_SET, MOST_KEYS, parseKeySet } from './key-set.ts';
import { keyIdFor, pointOf } from './marking.ts';
import { attributeNames, otherLoginOf, project } from './wire.ts';

/** What the keys of a client are made with. */
interface Making {
  readonly makePrivateKey: MakePrivateKey;
  readonly random: () => number;
}

/** The keys of a client of ours, which are one set: each write is made from a live read. */
export class Keying implements AdditiveCalls {
  readonly #api: ClientApi;
  readonly #making: Making;

  constructor(api: ClientApi, making: Making) {
    this.#api = api;
    this.#making = making;
  }

  /** The private key is made here, and never leaves the cluster. */
  async mint(wish: Wish, { id }: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const found = await this.#api.present('key set write', id, call);
    if (found.kind !== 'ok') return found;
    const entries = keySetOf(found.value);
    if (entries.kind !== 'ok') return entries;
    if (entries.value.length >= MOST_KEYS)
      return rejected(
        'key set write',
        `the client has ${MOST_KEYS} keys; remove those that nobody uses`,
        'later',
      );
    const privateKey = this.#making.makePrivateKey();
    const point = pointOf(privateKey);
    const keyId = keyIdFor(wish.mark, call.operation, this.#making.random);
    const wanted = [...entries.value, entryOf(keyId, point)];
    if (formatKeySet(wanted).length > LONGEST_SET)
      return rejected('key set write', 'the keys of the client are too long for one more', 'later');
    const written = await this.#api.writeKeySet(found.value, wanted, call);
    if (written.kind !== 'ok') return written;
    const values = { PrivateKey: pemOf(privateKey), KeyID: new Secret(keyId) };
    return { ...written, value: { client: written.value, credential: { id: keyId, values } } };
  }

  async retire(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const found = await this.#api.find('key set write', client.id, call);
    if (found.kind !== 'ok') return { kind: 'rejected', error: found.error };
    if (!found.value) return ok(without(client, credentialId));
    const entries = keySetOf(found.value);
    if (entries.kind !== 'ok') return entries;
    const left = entries.value.filter(({ id }) => id !== credentialId);
    // A node that is behind shows a set from before the newest key: written again, it would take that one out too.
    const newest = client.credentials.findLast(({ id }) => id !== credentialId);
    if (newest && left.every(({ id }) => id !== newest.id))
      return rejected('key set write', 'the key set does not show the newest key; it is looked at again');
    return left.length === entries.value.length
      ? ok(project(found.value.wire))
      : await this.#api.writeKeySet(found.value, left, call);
  }
}

/** As it is now: of others in it nothing is lost. */
const keySetOf = ({ wire }: Found): Outcome<readonly Entry[]> => {
  if (otherLoginOf(wire) !== undefined)
    return rejected('key set write', 'the client does not log in by a JWKS of its own', 'later');
  const entries = parseKeySet(wire.attributes?.[attributeNames.keySet]);
  return entries
    ? ok(entries)
    : rejected('key set write', 'the JWKS of the client cannot be read, and is not replaced', 'later');
};
