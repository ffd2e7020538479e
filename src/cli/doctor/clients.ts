import { findCondition } from '../../api/conditions.ts';
import { annotations } from '../../api/group.ts';
import { machineClients } from '../../api/resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isForbidden } from '../../kube/errors.ts';
import { parseOperation } from '../../api/operation.ts';
import { isNotServed } from '../errors.ts';
import { UNSEEN_FOR_MS } from '../report.ts';
import { conditionsOf, type MachineClientWire } from '../wire.ts';
import { type Finding, ok, unseen, wrong } from './finding.ts';

/** What is known of the operator that should look at them. */
export interface Onlooker {
  readonly namespace: string;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  /** Undefined where it could not be read. */
  readonly id: string | undefined;
}

const CHECK = 'MachineClients';
const MOST_NAMED = 5;

const keyOf = ({ metadata }: MachineClientWire): string => `${metadata.namespace}/${metadata.name}`;
const named = (objects: readonly MachineClientWire[]): string => {
  const more = objects.length - MOST_NAMED;
  const names = objects.slice(0, MOST_NAMED).map(keyOf).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
};
const statusOf = ([first]: readonly MachineClientWire[]): string =>
  first === undefined
    ? 'kubectl machine-client status -A'
    : `kubectl machine-client status ${first.metadata.name} -n ${first.metadata.namespace}`;

const isUnlooked = (object: MachineClientWire, now: number): boolean =>
  conditionsOf(object).length === 0 &&
  now - Date.parse(object.metadata.creationTimestamp ?? '') > UNSEEN_FOR_MS;

const hangs = (object: MachineClientWire): boolean =>
  findCondition(conditionsOf(object), 'RotationInProgress')?.reason === 'RolloutStuck';

const isBlocked = (object: MachineClientWire): boolean =>
  findCondition(conditionsOf(object), 'RotationBlocked')?.status === 'True';

/** Whose mark it bears; it is written before anything else is. */
const holderOf = ({ metadata }: MachineClientWire): string | undefined =>
  parseOperation(metadata.annotations?.[annotations.operation])?.installation;

/** `now` by the API server's clock. */
export const clientFindings = (
  objects: readonly MachineClientWire[],
  { namespace, watchNamespaces, id }: Onlooker,
  now: number,
): readonly Finding[] => {
  const isWatched = ({ metadata }: MachineClientWire): boolean =>
    watchNamespaces.length === 0 || watchNamespaces.includes(metadata.namespace ?? '');
  const unlooked = objects.filter((object) => isUnlooked(object, now));
  const unwatched = unlooked.filter((object) => !isWatched(object));
  const waiting = unlooked.filter(isWatched);
  const stuck = objects.filter(hangs);
  const blocked = objects.filter(isBlocked);
  // What another installation may look at is its own business.
  const held = objects.filter((object) => {
    const holder = holderOf(object);
    return isWatched(object) && id !== undefined && holder !== undefined && holder !== id;
  });
  const holders = [...new Set(held.map(holderOf))].join(', ');
  const findings: Finding[] = [];
  if (unwatched.length > 0)
    findings.push(
      wrong(
        CHECK,
        `nobody looks at ${named(unwatched)}: the operator watches ${watchNamespaces.join(', ')} only`,
        `add ${[...new Set(unwatched.map(({ metadata }) => metadata.namespace))].join(', ')} to watchNamespaces of the chart (--watch-namespaces)`,
      ),
    );
  if (waiting.length > 0)
    findings.push(
      wrong(
        CHECK,
        `the operator has not looked at ${named(waiting)}`,
        `is it running, and what does it say? kubectl logs -n ${namespace} -l app.kubernetes.io/name=machine-client-operator --prefix --tail=50`,
      ),
    );
  if (held.length > 0)
    findings.push(
      wrong(
        CHECK,
        `installation ${holders} works on ${named(held)}, and the operator here is installation ${id}: it leaves them alone`,
        `if it is to be the same one, set installationId of the chart to what it was; if the other one is gone for good, remove the annotation ${annotations.operation} of each`,
      ),
    );
  if (stuck.length > 0)
    findings.push(
      wrong(CHECK, `rollouts after a rotation hang (RolloutStuck): ${named(stuck)}`, statusOf(stuck)),
    );
  if (blocked.length > 0)
    findings.push(
      wrong(CHECK, `rotations are blocked (RotationBlocked): ${named(blocked)}`, statusOf(blocked)),
    );
  return findings.length > 0
    ? findings
    : [ok(CHECK, `${objects.length}; each was looked at, no rollout hangs, and no rotation is blocked`)];
};

/** Of all namespaces, or where that may not be seen of this one. */
export const findClients = async (
  kube: KubeClient,
  scope: string,
  onlooker: Onlooker,
  now: number,
): Promise<readonly Finding[]> => {
  const list = (namespace: string | undefined): Promise<readonly MachineClientWire[] | undefined> =>
    kube.list<MachineClientWire>(machineClients, { namespace }).catch((error: unknown) => {
      if (!isForbidden(error) && !isNotServed(error)) throw error;
      return undefined;
    });
  const everywhere = await list(undefined);
  const objects = everywhere ?? (await list(scope));
  // What is not served is told with the definitions.
  if (objects === undefined) return [unseen(CHECK, `you may not look at those in namespace ${scope}`)];
  const part = everywhere ? [] : [unseen(CHECK, `you may only look at those in namespace ${scope}`)];
  return [...part, ...clientFindings(objects, onlooker, now)];
};
