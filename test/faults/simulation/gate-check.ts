import type { Fence } from './fences.ts';
import type { Findings, Letter } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';
import type { Published, Stored } from './truth.ts';
import type { TrueCredential } from './upstreams/upstream.ts';
import { fencedAs } from './upstream-call.ts';

/** A user's hand in the Secret, or in the console, this short before a fence may have come after the operator's last read. */
export const HAND_MS = 15_000;

/** I4, at the moment at which a retirement was decided for good. */
export const checkGate = (
  scene: Scene,
  ledger: Ledger,
  findings: Findings,
  key: string,
  object: Stored,
  fence: Fence,
): void => {
  if (scene.now - (ledger.hands.get(key) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return;
  const { operation, by, secret: works, overlap, revoked } = fence;
  const { spec } = object;
  const complain = (text: string, letter?: Letter): void =>
    findings.excusable(ledger.excuse(by) ?? letter, 'I4', `${by} retires a credential of ${key} ${text}`);
  const passed = (since: number): boolean => revoked || scene.wallClock(by) >= since + overlap;
  const isPromote = operation.kind === 'promote';
  const since = isPromote ? sinceOf(ledger, key, object, fence) : works?.publishedAt;
  // A credential that no Secret ever held is in nobody's hands, and its successor need only be proven.
  if (since !== undefined && !passed(since)) {
    const goes = goesWith(scene, ledger, key, object, fence);
    // By what etcd knows since it was put back, nothing was ever in a Secret.
    const undone = ledger.restored && works?.first === true ? 'g' : undefined;
    const held = goes.find(({ value }) => ledger.published.has(value));
    // A second client without credentials is in nobody's hands either.
    if (held || (goes.length === 0 && operation.suffix !== undefined))
      complain('before the overlap has passed', untoldFirst(ledger, key, fence, held?.value) ?? undone);
  }
  if (!works) {
    if (!isPromote) withoutSecret(scene, ledger, key, object, fence, passed, complain);
    return;
  }
  // What is promoted is what was published; what goes by its id is anything else.
  if ((works.credentialId === operation.suffix) !== isPromote)
    complain(isPromote ? 'whose successor is not in the Secret' : 'that is in the Secret');
  if (spec.suspend === true) complain('while it is suspended');
  if (isGivenUp(scene, ledger, key, object, fence)) return;
  if (spec.state === 'Inactive') complain('while it is inactive');
  const proven = ledger.proven.has(`${works.clientId} ${works.credentialId}`);
  if (!revoked && spec.rotation?.verification !== 'Never' && !proven)
    complain('whose successor is not proven');
};

/** It says itself that it came of the operation that the Secret has given up: it has no successor, for it was never used. */
const isGivenUp = (...[scene, ledger, key, object, fence]: Parameters<typeof goesWith>): boolean => {
  const abandoned = fence.secret?.abandoned;
  const goes = goesWith(scene, ledger, key, object, fence);
  return (
    abandoned !== undefined &&
    goes.length > 0 &&
    goes.every(({ issuedBy, value }) => issuedBy === abandoned && !ledger.published.has(value))
  );
};

/** What goes, as far as it can still be seen. */
const goesWith = (
  { upstream }: Scene,
  { owners }: Ledger,
  key: string,
  { status }: Stored,
  { operation, secret }: Fence,
): readonly TrueCredential[] => {
  const id = secret?.clientId ?? status?.clientId ?? '';
  const credentials = upstream.client(id)?.credentials ?? [];
  // By position the one goes that is not named.
  if (operation.kind === 'promote') return credentials.filter((one) => one.id !== operation.suffix);
  if (operation.suffix !== undefined) return credentials.filter((one) => one.id === operation.suffix);
  // A second client of the object, with all that it has.
  return upstream
    .clients()
    .filter(({ clientId }) => clientId !== id && owners.get(clientId) === key)
    .flatMap((client) => client.credentials);
};

/**
 * The first credential of the client was published by another process, which ended before the status said so, and a
 * person deleted the Secret. A process that has published it itself knows better, and so does one that was there when a
 * person wiped the status that said so.
 */
export const untoldFirst = (
  ledger: Ledger,
  key: string,
  { secret, by }: Fence,
  value: string | undefined,
): Letter | undefined => {
  const published = value === undefined ? undefined : ledger.published.get(value);
  const hand = ledger.hands.get(key) ?? Number.NEGATIVE_INFINITY;
  if (secret?.first !== true || published === undefined || published.by === by) return undefined;
  const wiped = ledger.statusLost.get(key) ?? Number.NEGATIVE_INFINITY;
  const sawIt = wiped >= published.at && (ledger.started.get(by) ?? 0) < wiped;
  return hand >= published.at && !sawIt ? 'c' : undefined;
};

/** Without a Secret that works, what status says was published is what consumers use. */
const sinceOf = (ledger: Ledger, key: string, { status }: Stored, { operation, secret }: Fence): number => {
  const last = ledger.lastPublished.get(key);
  return (
    (secret ?? (last?.credentialId === operation.suffix ? last : undefined))?.publishedAt ??
    Date.parse(status?.lastRotationTime ?? '')
  );
};

/** To make room for a new one: what was never published has no consumer, and of the others one lets time pass. */
const withoutSecret = (
  { upstream, now }: Scene,
  ledger: Ledger,
  key: string,
  { status }: Stored,
  { operation }: Fence,
  passed: (since: number) => boolean,
  complain: (text: string, letter?: Letter) => void,
): void => {
  if (fencedAs(operation) !== 'retire') return complain('while its Secret does not work');
  const last: Published | undefined = ledger.lastPublished.get(key);
  const clientId = status?.clientId ?? last?.clientId ?? '';
  // The operator has read the Secret as one that works: what is in it was removed in the console since.
  if (now - (ledger.console.get(clientId) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return;
  const client = upstream.client(clientId);
  const credential = client?.credentials.find(({ id }) => id === operation.suffix);
  if (!client || !credential) return;
  if (client.credentials.length < upstream.mostCredentials) complain('though there is room for one more');
  if (!last || !ledger.published.has(credential.value) || passed(last.publishedAt)) return;
  // Published, and dead before status could say so.
  const untold = status?.operation === last.operation ? undefined : 'c';
  complain('that was published, before the overlap has passed', untold);
};
