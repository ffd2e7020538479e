import type { KeyObject } from 'node:crypto';
import { Secret } from '../../runtime/secret.ts';
import type { Exchange } from '../http.ts';
import type { Outcome } from '../outcome.ts';
import type { Minted, SecretValues, UpstreamClient } from '../provider.ts';
import { timeOf } from '../shapes.ts';
import { pemOf } from '../key-pairs.ts';
import { composeAccessKey, parseAccessKey, publicKeyOf, rawPublicKey } from './access-key.ts';
import type { Answers } from './errors.ts';
import { keyAnswer, specificOf } from './wire.ts';

/** Sends the request for one key. */
type Ask = (body?: string) => Promise<Exchange>;

const MOST_KEYS = 5;

type KeyWire = Exclude<ReturnType<typeof keyAnswer.safeParse>['data'], undefined>;

/** The client with one key more: the answer shows the key alone. */
const withKey = (client: UpstreamClient, wire: KeyWire, publicKey: string | undefined): UpstreamClient => {
  const specific = specificOf(client);
  const raw = publicKey === undefined ? undefined : rawPublicKey(publicKey);
  return {
    ...client,
    credentials: [
      ...client.credentials,
      { id: wire.keyId, suffix: undefined, createdTime: timeOf(wire.generationDate) },
    ],
    specific: { ...specific, publicKeys: { ...specific.publicKeys, ...(raw && { [wire.keyId]: raw }) } },
  };
};

const request = async (
  answers: Answers,
  client: UpstreamClient,
  ask: () => Promise<Exchange>,
  read: (wire: KeyWire) => Minted | undefined,
): Promise<Outcome<Minted>> => {
  const operation = client.credentials.length >= MOST_KEYS ? 'sixth key request' : 'key request';
  return answers.interpret(operation, await ask(), true, (json) => {
    const parsed = keyAnswer.safeParse(json);
    return parsed.success ? read(parsed.data) : undefined;
  });
};

/** Authress makes the key, and shows its private half this once. */
export const mintGenerated = (answers: Answers, client: UpstreamClient, ask: Ask): Promise<Outcome<Minted>> =>
  request(
    answers,
    client,
    () => ask(),
    (wire) => {
      // Without it there is nothing to publish: the key is there all the same, and is found by its id.
      if (!wire.accessKey) return undefined;
      const accessKey = new Secret(wire.accessKey);
      const privateKey = parseAccessKey(accessKey)?.privateKey;
      const values: SecretValues = {
        AccessKey: accessKey,
        ...(wire.clientSecret && { ClientSecret: new Secret(wire.clientSecret) }),
        ...(privateKey && { PrivateKey: pemOf(privateKey) }),
      };
      const publicKey = privateKey && publicKeyOf(privateKey);
      return { client: withKey(client, wire, publicKey), credential: { id: wire.keyId, values } };
    },
  );

/** The private half never leaves the cluster. */
export const mintOwn = (
  answers: Answers,
  client: UpstreamClient,
  privateKey: KeyObject,
  accountId: string,
  ask: Ask,
): Promise<Outcome<Minted>> => {
  const publicKey = publicKeyOf(privateKey);
  return request(
    answers,
    client,
    () => ask(JSON.stringify({ publicKey })),
    (wire) => {
      // An older API makes a key of its own all the same: then ours opens nothing.
      const taken =
        !wire.accessKey && (!wire.publicKey || rawPublicKey(wire.publicKey) === rawPublicKey(publicKey));
      if (!taken) return undefined;
      const accessKey = composeAccessKey({ clientId: client.id, keyId: wire.keyId, accountId, privateKey });
      const values = { AccessKey: accessKey, PrivateKey: pemOf(privateKey) };
      return { client: withKey(client, wire, publicKey), credential: { id: wire.keyId, values } };
    },
  );
};
