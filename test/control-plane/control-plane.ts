import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, startChild } from './child.ts';
import { makeCredentials, writeKubeconfig } from './credentials.ts';
import { apiServerFlags, certificateFile, controllerManagerFlags, etcdFlags } from './flags.ts';
import { findPrograms } from './programs.ts';
import { freePort, untilReady } from './ready.ts';

/** A Kubernetes control plane of its own, on a loopback port, with nobody and nothing on it. */
export interface ControlPlane extends AsyncDisposable {
  /** A kubeconfig file with administrator rights. */
  readonly kubeconfigPath: string;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** The authority of the server's certificate, PEM. */
  readonly ca: string;
  /** A bearer token of the group system:masters. */
  readonly adminToken: string;
  /** Kills the API server and starts it again on the same port and data; resolves when it is ready. */
  restartApiServer(): Promise<void>;
  /** Ends all processes and removes what was made; doing it twice is harmless. */
  stop(): Promise<void>;
}

interface ControlPlaneOptions {
  /** Where its data stays after the end, to be found again at the next start. Default: a temporary folder. */
  readonly dataDir?: string;
  /** Called with a line for people about what is being waited for. Nothing is printed otherwise. */
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Another program can take the port between our finding it free and the API server's listening. */
const PORT_TRIES = 3;
const PORT_TAKEN = /address already in use/;

/**
 * Starts etcd, the API server and the controller manager, and resolves when all of them work.
 *
 * @throws Error with the last log lines of the program that failed, or with what is missing to build it.
 */
export const startControlPlane = async (options: ControlPlaneOptions = {}): Promise<ControlPlane> => {
  const { signal, onProgress = () => {} } = options;
  const programs = await findPrograms(onProgress, signal);
  const folder = options.dataDir ? resolve(options.dataDir) : await mkdtemp(join(tmpdir(), 'mco-cp-'));
  const disposable = options.dataDir ? undefined : folder;
  await mkdir(folder, { recursive: true, mode: 0o700 });

  const running = new Set<Child>();
  const start = (name: string, command: readonly string[]): Child => {
    const child = startChild(command, join(folder, `${name}.log`), disposable);
    running.add(child);
    return child;
  };
  const end = async (child: Child): Promise<void> => {
    await child.kill();
    running.delete(child);
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running].map(end));
    if (disposable) await rm(disposable, { recursive: true, force: true });
  };

  try {
    const { files, adminToken } = await makeCredentials(folder);
    const access = { caFile: certificateFile(folder), token: adminToken };
    const etcd = start('etcd', [...programs.etcd, ...etcdFlags(folder)]);

    const startApiServer = async (port: number): Promise<Child> => {
      const child = start('kube-apiserver', [
        ...programs.kubeApiserver,
        ...apiServerFlags(folder, port, files),
      ]);
      try {
        await untilReady({ ...access, url: `https://127.0.0.1:${port}/readyz` }, [etcd, child], signal);
        return child;
      } catch (error) {
        await end(child);
        throw error;
      }
    };
    let { port, child: apiServer } = await onFreePort(startApiServer);

    const url = `https://127.0.0.1:${port}`;
    const ca = await readFile(access.caFile, 'utf8');
    const kubeconfigPath = join(folder, 'kubeconfig.yaml');
    await writeKubeconfig(kubeconfigPath, { url, ca, token: adminToken });

    const controllerManager = start('kube-controller-manager', [
      ...programs.kubeControllerManager,
      ...controllerManagerFlags(folder, kubeconfigPath, files),
    ]);
    // One of its controllers makes this object, so it proves that they run.
    const made = `${url}/api/v1/namespaces/default/serviceaccounts/default`;
    await untilReady({ ...access, url: made }, [etcd, apiServer, controllerManager], signal);

    return {
      kubeconfigPath,
      url,
      ca,
      adminToken,
      restartApiServer: async () => {
        await end(apiServer);
        apiServer = await startApiServer(port);
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const onFreePort = async (
  startOn: (port: number) => Promise<Child>,
): Promise<{ readonly port: number; readonly child: Child }> => {
  for (let tries = PORT_TRIES; ; tries--) {
    const port = await freePort();
    try {
      return { port, child: await startOn(port) };
    } catch (error) {
      if (tries <= 1 || !PORT_TAKEN.test(String(error))) throw error;
    }
  }
};
