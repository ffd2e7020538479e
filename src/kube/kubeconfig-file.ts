import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';
import { OperatorError } from '../runtime/errors.ts';

/** The fields of a kubeconfig that are understood (`k8s.io/client-go/tools/clientcmd/api/v1`). */
export interface ClusterEntry {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'proxy-url'?: string;
}

export interface ExecEntry {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: string[];
  readonly env?: { name: string; value: string }[];
}

export interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-groups'?: string[];
  readonly 'as-uid'?: string;
  readonly 'as-user-extra'?: Record<string, string[]>;
  readonly exec?: ExecEntry;
  readonly 'auth-provider'?: { readonly name: string; readonly config?: Record<string, string> };
}

/** What a context stands for. */
export interface Context {
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  readonly namespace: string | undefined;
}

interface Named<T> {
  readonly name?: string;
  readonly cluster?: T;
  readonly user?: T;
  readonly context?: T;
}

interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: Named<ClusterEntry>[] | null;
  readonly users?: Named<UserEntry>[] | null;
  readonly contexts?: Named<{ cluster?: string; user?: string; namespace?: string }>[] | null;
}

const refuse = (message: string, cause?: unknown): OperatorError =>
  new OperatorError('MCO_KUBECONFIG', message, cause === undefined ? undefined : { cause });

/** A file that holds credentials: the parser's message quotes the line, so it is not passed on. */
const readOne = async (path: string): Promise<KubeconfigFile> => {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse(`cannot read the kubeconfig ${path}`, cause);
  });
  try {
    const content: unknown = parse(text, { logLevel: 'error' });
    if (typeof content === 'object' && content !== null && !Array.isArray(content))
      return withAbsolutePaths(content, dirname(path));
  } catch {
    // Falls through to the one refusal.
  }
  throw refuse(`the kubeconfig ${path} is not a YAML mapping`);
};

const FILE_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Paths are relative to the file that they stand in, which is forgotten once several are merged. */
const withAbsolutePaths = (file: KubeconfigFile, folder: string): KubeconfigFile => {
  const absolute = <T>(entry: T | undefined): T | undefined => {
    if (typeof entry !== 'object' || entry === null) return entry;
    const copy: Record<string, unknown> = { ...(entry as Record<string, unknown>) };
    for (const field of FILE_FIELDS) {
      const path = copy[field];
      if (typeof path === 'string' && path !== '') copy[field] = resolve(folder, path);
    }
    const exec = copy['exec'] as ExecEntry | undefined;
    // A command with a slash is a path relative to the file; one without is looked up in PATH.
    if (exec?.command?.includes('/') && !isAbsolute(exec.command))
      copy['exec'] = { ...exec, command: resolve(folder, exec.command) };
    return copy as T;
  };
  return {
    ...file,
    clusters: (file.clusters ?? []).map(
      (one) => ({ ...one, cluster: absolute(one.cluster) }) as Named<ClusterEntry>,
    ),
    users: (file.users ?? []).map((one) => ({ ...one, user: absolute(one.user) }) as Named<UserEntry>),
  };
};

/** Of several files the first that says something wins, as for kubectl. `context` in place of the current one. */
export const readKubeconfig = async (paths: readonly string[], context?: string): Promise<Context> => {
  const files = await Promise.all(paths.map(readOne));
  const where = paths.join(', ');
  const contextName = context ?? files.map((file) => file['current-context']).find(Boolean);
  if (contextName === undefined) throw refuse(`no current-context in the kubeconfig ${where}`);
  const find = <T>(list: (file: KubeconfigFile) => Named<T>[] | null | undefined, name: string | undefined) =>
    files.flatMap((file) => list(file) ?? []).find((one) => one.name === name);
  const found = find((file) => file.contexts, contextName)?.context;
  if (!found) throw refuse(`no context "${contextName}" in the kubeconfig ${where}`);
  const cluster = find((file) => file.clusters, found.cluster)?.cluster;
  if (!cluster?.server)
    throw refuse(`no cluster with a server for the context "${contextName}" in the kubeconfig ${where}`);
  const user = find((file) => file.users, found.user)?.user ?? {};
  return { cluster, user, namespace: found.namespace };
};
