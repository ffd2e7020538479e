import type { Resource } from '../../kube/resource.ts';
import type { Connection } from '../connect.ts';
import { findClients } from '../doctor/clients.ts';
import { clockFinding, type ServerVersion, skewOf, versionFinding } from '../doctor/cluster.ts';
import { crdFindings } from '../doctor/crds.ts';
import { type Finding, findingsText, unseen } from '../doctor/finding.ts';
import { isForbidden } from '../../kube/errors.ts';
import { findInstallation } from '../doctor/installation.ts';
import { findProviders } from '../doctor/providers.ts';
import { operatorRightsFindings, ownRightsFinding } from '../doctor/rights.ts';
import type { Run } from '../run.ts';

/** No object: it is only there to name the request. */
const versionResource: Resource = {
  group: '',
  version: '',
  plural: 'version',
  kind: 'Info',
  namespaced: false,
};

const look = async (connection: Connection, run: Run): Promise<readonly Finding[]> => {
  const { kube, transport, namespace } = connection;
  const call = {
    attempt: { verb: 'get', resource: versionResource },
    method: 'GET',
    path: '/version',
  } as const;
  const serverVersion = await transport.json(call, 'api').catch((error: unknown) => {
    // Everybody may ask for it, unless somebody took that away.
    if (!isForbidden(error)) throw error;
    return undefined;
  });
  const now = run.clock.now();
  const answer = connection.lastAnswer();
  const skew = answer && skewOf(answer, now);
  // By the API server's clock, so that one that is wrong here is not told twice.
  const there = now + (skew ?? 0);
  const wanted = run.arguments.values.get('operator-namespace');
  const [crds, installation, own] = await Promise.all([
    crdFindings(kube),
    findInstallation(kube, wanted, there),
    ownRightsFinding(kube, namespace),
  ]);
  const { deployment, serviceAccount = 'default', watchNamespaces } = installation;
  const rights =
    deployment === undefined
      ? []
      : await operatorRightsFindings(
          kube,
          { namespace: installation.namespace, name: serviceAccount },
          watchNamespaces,
        );
  // Of what is not served nothing can be listed, and that is told already.
  const served = crds.every(
    ({ verdict, check }) => verdict !== 'wrong' || !check.includes('identityproviders'),
  );
  return [
    serverVersion === undefined
      ? unseen('Kubernetes', 'you may not ask for its version')
      : versionFinding(serverVersion as ServerVersion),
    clockFinding(skew),
    ...crds,
    ...installation.findings,
    ...rights,
    own,
    ...(served ? await findProviders(kube, namespace) : []),
    ...(served ? await findClients(kube, namespace, installation, there) : []),
  ];
};

export const doctor = async (run: Run): Promise<number> => {
  await using connection = await run.connect();
  const findings = await look(connection, run);
  const healthy = findings.every(({ verdict }) => verdict !== 'wrong');
  run.print({ healthy, findings }, (report) => findingsText(report.findings, run.paint));
  return healthy ? 0 : 1;
};
