import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { AdminClient } from '../control-plane/admin-client.ts';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string } },
  ];
  readonly users: { user: object }[];
}

/** What a pod gets of its ServiceAccount. */
export const identityOf = async (
  admin: AdminClient,
  kubeconfig: string,
  namespace: string,
  name: string,
): Promise<{ readonly server: string; readonly ca: string; readonly token: string }> => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  };
  const { status, body } = await admin.call('POST', path, request);
  if (status !== 201) throw new Error(`no token for ${namespace}/${name}: ${status}`);
  const { token } = (body as { status: { token: string } }).status;
  const [{ cluster }] = (parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig).clusters;
  const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8');
  return { server: cluster.server, ca, token };
};

/** The kubeconfig of an administrator, with the token of a ServiceAccount in place of the administrator's credentials. */
export const kubeconfigOf = async (
  admin: AdminClient,
  kubeconfig: string,
  namespace: string,
  name: string,
): Promise<{ readonly path: string } & AsyncDisposable> => {
  const { token } = await identityOf(admin, kubeconfig, namespace, name);
  const config = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  for (const entry of config.users) entry.user = { token };
  const folder = await mkdtemp(join(tmpdir(), 'mco-account-'));
  const file = join(folder, 'kubeconfig.yaml');
  await writeFile(file, stringify(config), { mode: 0o600 });
  return {
    path: file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
