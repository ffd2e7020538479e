import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProgram, type GoProgram } from '../control-plane/build.ts';

/** Programs of others that tests run, built from the versions in go.mod: the one place that pins them. */
const tool = (
  name: string,
  path: string,
  minutes: number,
  stamps: (version: string, goMod: string) => Readonly<Record<string, string>> = () => ({}),
): GoProgram => ({
  name,
  module: import.meta.dirname,
  package: path,
  title: name,
  announcement: `building ${name} from source, once: it takes about ${minutes} minutes on two cores`,
  download: '150 MB',
  otherWays: [],
  stamps: (goMod) => stamps(versionIn(goMod, path), goMod),
});

const versionIn = (goMod: string, path: string): string => {
  const found = [...goMod.matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm)].find(([, module = '']) =>
    path.startsWith(`${module}/`),
  );
  return found?.[2] ?? '';
};

export const helm4 = tool('helm', 'helm.sh/helm/v4/cmd/helm', 3, (version) => ({
  'helm.sh/helm/v4/internal/version.version': version,
}));
/** What many still have: the chart has to be good for both. */
export const helm3 = tool('helm3', 'helm.sh/helm/v3/cmd/helm', 3, (version, goMod) => {
  // As its own Makefile does: which Kubernetes it takes for granted where it asks no cluster.
  const [, minor = ''] = /k8s\.io\/client-go v0\.(\d+)\./.exec(goMod) ?? [];
  return {
    'helm.sh/helm/v3/internal/version.version': version,
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': minor,
  };
});
export const kubeconform = tool('kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform', 1);

/** What people type. It shares what it is made of with Helm. */
export const kubectl = tool('kubectl', '.', 1, (_, goMod) => ({
  // Kubernetes 1.37 is made of libraries 0.37.
  'k8s.io/component-base/version.gitVersion': versionIn(goMod, 'k8s.io/kubectl/').replace(/^v0/, 'v1'),
}));

/** Its version, as go.mod pins it: `v4.3.1`. */
export const toolVersion = ({ module, package: path = '' }: GoProgram): string =>
  versionIn(readFileSync(join(module, 'go.mod'), 'utf8'), path);

/** The path of its binary; the first time it is built. */
export const findTool = (
  program: GoProgram,
  onProgress: (message: string) => void = (message) => console.error(message),
): Promise<string> => buildProgram(program, onProgress);
