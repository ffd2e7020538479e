import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, type GoProgram } from './build.ts';

/** What `kubectl version` shows; the release itself is chosen in go.mod. */
const VERSION_PACKAGE = 'k8s.io/component-base/version';

export const controlPlaneProgram: GoProgram = {
  name: 'control-plane',
  module: import.meta.dirname,
  title: 'the test control plane',
  announcement:
    'building etcd, kube-apiserver and kube-controller-manager from source, once: it takes about 5 minutes on two cores, and 2 GB of disk for the caches of Go',
  download: '250 MB',
  otherWays: [
    'set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kube-controller-manager',
    'use a cluster that runs already (demo: --kubeconfig FILE; tests: MCO_TEST_KUBECONFIG=FILE)',
  ],
  stamps: (goMod) => {
    const [, major, minor, patch] = /k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)/.exec(goMod) ?? [];
    return {
      [`${VERSION_PACKAGE}.gitVersion`]: `v${major}.${minor}.${patch}`,
      [`${VERSION_PACKAGE}.gitMajor`]: `${major}`,
      [`${VERSION_PACKAGE}.gitMinor`]: `${minor}`,
    };
  },
};

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
  const binary = await buildProgram(controlPlaneProgram, onProgress, signal);
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
