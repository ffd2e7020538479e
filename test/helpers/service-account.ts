import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { AdminClient } from '../control-plane/admin-client.ts';

/** The kubeconfig of an administrator, with the token of a ServiceAccount in place of the administrator's credentials. */
export const kubeconfigOf = async (
  admin: AdminClient,
  kubeconfig: string,
  namespace: string,
  name: string,
): Promise<{ readonly path: string } & AsyncDisposable> => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  };
  const { status, body } = await admin.call('POST', path, request);
  if (status !== 201) throw new Error(`no token for ${namespace}/${name}: ${status}`);
  const { token } = (body as { status: { token: string } }).status;
  const config = parse(await readFile(kubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token };
  const folder = await mkdtemp(join(tmpdir(), 'mco-account-'));
  const file = join(folder, 'kubeconfig.yaml');
  await writeFile(file, stringify(config), { mode: 0o600 });
  return {
    path: file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
