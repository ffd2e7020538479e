import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AdminClient } from '../control-plane/admin-client.ts';
import { applyCrd, type Definition } from '../helpers/install-crds.ts';
import { parseManifests } from '../helpers/installed.ts';

/** The definitions of kinds of others that our manifests and pages use, in the Go modules that their projects publish. */
const sources = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    files: ['servicemonitors', 'podmonitors', 'prometheusrules'].map(
      (plural) => `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
    ),
  },
  {
    module: 'github.com/argoproj/argo-cd/v3@v3.2.0',
    sum: 'h1:m2eGAV+nXQGgzZbH5SyJD5laaPW27mzWXBrgisUHY/0=',
    files: ['manifests/crds/application-crd.yaml'],
  },
  {
    module: 'github.com/fluxcd/helm-controller@v1.4.0',
    sum: 'h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=',
    files: ['config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml'],
  },
  {
    module: 'github.com/fluxcd/kustomize-controller@v1.7.3',
    sum: 'h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M=',
    files: ['config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml'],
  },
  {
    module: 'github.com/servicebinding/runtime@v1.0.0',
    sum: 'h1:WWK7JQGOLna/hdLLLxyvhVEaH+hCz3t2qPo0oeBM4Fc=',
    files: ['config/crd/bases/servicebinding.io_servicebindings.yaml'],
  },
] as const;

interface Downloaded {
  readonly Dir: string;
  readonly Sum: string;
}

/** The module's folder in Go's cache; downloaded the first time. */
const folderOf = async (module: string, sum: string): Promise<string> => {
  // Outside of any module of ours, whose go.mod would have a say in it.
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  const found = JSON.parse(stdout) as Downloaded;
  if (found.Sum !== sum) throw new Error(`${module} has the checksum ${found.Sum}, and not ${sum}`);
  return found.Dir;
};

/** Installs the CustomResourceDefinitions of the Prometheus operator, Argo CD, Flux and Service Binding. */
export const installForeignCrds = async (client: AdminClient): Promise<void> => {
  await Promise.all(
    sources.map(async ({ module, sum, files }) => {
      const folder = await folderOf(module, sum);
      for (const file of files)
        for (const definition of parseManifests(await readFile(join(folder, file), 'utf8')))
          await applyCrd(client, definition as unknown as Definition);
    }),
  );
};
