import { expect } from 'vitest';
import { until } from '../helpers/until.ts';
import { applyExample, installOperator, type Stage, team } from './stage.ts';
import { walksOfPage } from './walks.ts';

const page = 'docs/how-to/restore-from-backup.md';

/** All of it is lost, and nobody cleans up at the provider. */
const disaster = `kubectl patch secret stytch-management -n machine-client-system --type=merge -p '{"metadata":{"finalizers":null}}'
for OBJECT in $(kubectl get mcl,idp,secrets -n ${team} -o name) $(kubectl get cidp -o name); do kubectl patch -n ${team} "$OBJECT" --type=merge -p '{"metadata":{"finalizers":null}}'; done
kubectl delete namespace ${team} machine-client-system
kubectl delete -f crds/`;

/** A cluster with clients; for the second way, one that has lost them, and the backup of the first way. */
export const restoring = async (stage: Stage, walk: number): Promise<void> => {
  await stage.sh(
    `${installOperator} --set installationId=production-eu\nkubectl create namespace ${team}\nkubectl apply -f examples/cluster-provider.yaml\n${applyExample}`,
  );
  if (walk === 0) return;
  const [backUp = []] = await walksOfPage(page);
  await stage.run({ page, commands: backUp });
  await stage.sh('helm uninstall machine-client-operator -n machine-client-system');
  await until('the operator is gone', () => !stage.pods.run);
  await stage.sh(disaster);
};

/** Each client is the one that it was, with the credential that it had. */
export const restored = async ({ stytch }: Stage): Promise<void> => {
  expect(stytch.clients()).toHaveLength(3);
  expect(stytch.clients().map(({ nextSecret }) => nextSecret)).toEqual([null, null, null]);
  expect(stytch.issuedSecrets().filter(({ clientId }) => clientId !== null)).toHaveLength(3);
};
