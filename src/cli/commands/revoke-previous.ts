import { annotations } from '../../api/group.ts';
import { machineClients } from '../../api/resources.ts';
import { isConflict } from '../../kube/errors.ts';
import { CommandError } from '../errors.ts';
import { getMachineClient } from '../gather.ts';
import { hasPrevious, oldCredentials } from '../rotation.ts';
import type { Run } from '../run.ts';

interface RevokeReport {
  readonly namespace: string;
  readonly name: string;
  /** False: there was nothing to revoke, and nothing was written. */
  readonly requested: boolean;
  readonly secretVersion?: number | undefined;
  readonly credentials: readonly string[];
}

const textOf = ({ namespace, name, requested, secretVersion, credentials }: RevokeReport): string =>
  requested
    ? `asked to retire what came before version ${secretVersion} of ${namespace}/${name}${credentials.length > 0 ? ` (${credentials.join(', ')})` : ''}; see kubectl machine-client status -n ${namespace} ${name}\n`
    : `nothing to revoke: no old credential of ${namespace}/${name} is alive\n`;

/** Each try meets an object that was written meanwhile; the operator does not write for long. */
const TRIES = 10;

export const revokePrevious = async (run: Run): Promise<number> => {
  const { name = '' } = run.arguments;
  await using connection = await run.connect();
  const { kube, namespace } = connection;
  let meant: number | undefined;
  for (let tries = 1; ; tries++) {
    const object = await getMachineClient(kube, namespace, name);
    const secretVersion = object.status?.secretVersion;
    const credentials = oldCredentials(object);
    if (secretVersion === undefined || !hasPrevious(object)) {
      run.print({ namespace, name, requested: false, secretVersion, credentials: [] }, textOf);
      return 0;
    }
    meant ??= secretVersion;
    // Then "previous" is another one than the person saw.
    if (secretVersion !== meant)
      throw new CommandError(
        `version ${secretVersion} of ${namespace}/${name} was published just now; look at it, and ask again`,
      );
    const { uid, resourceVersion } = object.metadata;
    const wanted = { [annotations.revokePrevious]: String(secretVersion) };
    try {
      await kube.mergePatch(
        machineClients,
        { namespace, name },
        { metadata: { uid, resourceVersion, annotations: wanted } },
      );
    } catch (error) {
      if (isConflict(error) && tries < TRIES) continue;
      throw error;
    }
    run.print({ namespace, name, requested: true, secretVersion, credentials }, textOf);
    return 0;
  }
};
