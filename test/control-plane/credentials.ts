import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface CredentialFiles {
  /** The API server's list of static tokens. */
  readonly tokens: string;
  /** Service account tokens are signed with this key … */
  readonly serviceAccountKey: string;
  /** … and checked with this one. */
  readonly serviceAccountPublicKey: string;
}

/** Makes what the control plane proves identities with, in `folder`; what is there from an earlier start is kept. */
export const makeCredentials = async (
  folder: string,
): Promise<{ readonly files: CredentialFiles; readonly adminToken: string }> => {
  const files: CredentialFiles = {
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-account.key'),
    serviceAccountPublicKey: join(folder, 'service-account.pub'),
  };
  if (!existsSync(files.tokens)) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), {
      mode: 0o600,
    });
    await writeFile(files.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }));
    const token = randomBytes(24).toString('base64url');
    await writeFile(files.tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  }
  const [adminToken = ''] = (await readFile(files.tokens, 'utf8')).split(',', 1);
  return { files, adminToken };
};

export const writeKubeconfig = (
  path: string,
  cluster: { readonly url: string; readonly ca: string; readonly token: string },
): Promise<void> => {
  const name = 'control-plane';
  const caData = Buffer.from(cluster.ca).toString('base64');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: cluster.url, 'certificate-authority-data': caData } }],
    users: [{ name, user: { token: cluster.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  return writeFile(path, stringify(kubeconfig), { mode: 0o600 });
};
