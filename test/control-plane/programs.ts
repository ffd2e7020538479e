import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { buildControlPlane } from './build.ts';

/** The command (program and leading arguments) that starts each part of the control plane. */
interface Programs {
  readonly etcd: readonly string[];
  readonly kubeApiserver: readonly string[];
  readonly kubeControllerManager: readonly string[];
}

/**
 * Where the programs are: in the folder `KUBEBUILDER_ASSETS`, else in one binary that is built from source once and
 * kept.
 *
 * setup-envtest's folder has no controller manager. Without one nothing collects garbage, ends a namespace or
 * counts a quota, so such a folder does not count.
 */
export const findPrograms = async (
  onProgress: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<Programs> => {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets) {
    const inAssets = (name: string): string => join(assets, name);
    if (['etcd', 'kube-apiserver', 'kube-controller-manager'].map(inAssets).every(isExecutable)) {
      return {
        etcd: [inAssets('etcd')],
        kubeApiserver: [inAssets('kube-apiserver')],
        kubeControllerManager: [inAssets('kube-controller-manager')],
      };
    }
    onProgress(
      'KUBEBUILDER_ASSETS is ignored: it must hold etcd, kube-apiserver and kube-controller-manager (setup-envtest leaves the last one out)',
    );
  }
  const binary = await buildControlPlane(onProgress, signal);
  return {
    etcd: [binary, 'etcd'],
    kubeApiserver: [binary, 'kube-apiserver'],
    kubeControllerManager: [binary, 'kube-controller-manager'],
  };
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
