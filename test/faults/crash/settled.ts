import { annotations } from '../../../src/api/group.ts';
import type { SecretWire } from '../../../src/machine-client/secret-view.ts';
import { condition, type Scenario } from './scenario.ts';
import type { Picture, Site } from './site.ts';
import type { TrueClient } from '../../helpers/upstreams/upstream.ts';
import { valueEntry } from '../../helpers/value-entry.ts';

const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

/** How many credentials were ever issued to clients of this object. */
export const issued = (site: Site, object: string): number => {
  const { upstream } = site.world;
  const values = upstream
    .issuedSecrets()
    .filter(({ clientId }) => clientId !== null && site.reader.objectOfClient(clientId) === object);
  return values.length / upstream.valuesOfCredential;
};

/** Secrets that an operator wrote for this object. */
const ownedBy = (picture: Picture, object: string) =>
  [...picture.secrets.values()].filter(
    ({ metadata }) => metadata.annotations?.[annotations.owner]?.split('/')[2] === object,
  );

const valueOf = (secret: SecretWire | undefined): string => decode(secret?.data?.[valueEntry(secret.data)]);

/** What its Secret holds of the credential. */
export const publishedIn = (picture: Picture, object: string): string => valueOf(ownedBy(picture, object)[0]);

/** The client, and how many credentials of it live; what else there is of an ephemeral provider ends by itself. */
const clientOf = (picture: Picture, object: string, found: string[]): TrueClient | undefined => {
  if (picture.style === 'ephemeral') {
    const spec = picture.objects.get(object)?.spec['plastiq'] as { readonly payerId: string } | undefined;
    return picture.client(spec?.payerId ?? '');
  }
  const clients = picture.clients(object);
  const [client] = clients;
  if (clients.length !== 1) found.push(`I1: there are ${clients.length} clients, not 1`);
  const alive = client?.credentials.length ?? 0;
  if (alive !== 1) found.push(`I5: ${alive} credentials are alive, not 1`);
  return client;
};

const ofLiving = (picture: Picture, object: string): string[] => {
  const found: string[] = [];
  const status = picture.objects.get(object)?.status;
  const generation = picture.objects.get(object)?.metadata.generation;
  const owned = ownedBy(picture, object);
  const client = clientOf(picture, object, found);
  const [secret] = owned;
  if (owned.length !== 1 || !secret) return [...found, `there are ${owned.length} Secrets, not 1`];
  const value = valueOf(secret);
  const published = client?.credentials.find((one) => one.value === value);
  if (!published) found.push('I2: what is in the Secret is not accepted upstream');
  const named = picture.style === 'ephemeral' ? '' : client?.clientId;
  const entry = secret.data?.['client-id'];
  const isNamed = entry !== undefined || picture.style === 'ephemeral';
  if (isNamed && named !== decode(entry)) found.push('the Secret names another client');
  const own = secret.metadata.annotations ?? {};
  const told = {
    clientId: own[annotations.clientId] ?? '',
    operation: own[annotations.operation],
    secretVersion: Number(own[annotations.secretVersion]),
    secretSuffix: own[annotations.imported] === 'true' ? '' : `****${published?.suffix ?? ''}`,
    observedGeneration: generation,
  };
  for (const [field, wanted] of Object.entries(told))
    if ((status?.[field] ?? '') !== wanted)
      found.push(`status.${field} is ${String(status?.[field])}, and the Secret says ${String(wanted)}`);
  const ready = condition(picture, object, 'Ready');
  if (ready?.status !== 'True') found.push(`Ready is ${ready?.status} (${ready?.reason}: ${ready?.message})`);
  return found;
};

const ofGone = (picture: Picture, object: string, retained: boolean): string[] => {
  const found: string[] = [];
  if (picture.objects.has(object)) found.push('I10: the object is still there');
  const clients = picture.clients(object).length;
  if (clients > 0) found.push(`I1: there are ${clients} clients of an object that is gone`);
  const secret = picture.secrets.get(object);
  if (!retained && secret) found.push('I10: its Secret is still there');
  if (retained && !secret) found.push('the Secret was to be retained, and is gone');
  if (retained && secret?.metadata.annotations?.[annotations.owner] !== undefined)
    found.push('the retained Secret still bears our annotations');
  return found;
};

/** What is wrong with an object of this scenario when it is quiet; nothing when all is well. */
export const violations = (scenario: Scenario, picture: Picture, object: string): readonly string[] => [
  ...(scenario.ends === undefined
    ? ofLiving(picture, object)
    : ofGone(picture, object, scenario.ends === 'retained')),
  ...picture.harmed(object),
];
