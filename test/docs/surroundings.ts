import { team, type Stage } from './stage.ts';

/** What a page takes for granted, and what has to be true at its end. */
export interface Surroundings {
  readonly page: string;
  /** What its capital words stand for. */
  readonly words?: Readonly<Record<string, string>>;
  readonly before?: (stage: Stage) => Promise<unknown>;
  readonly after?: (stage: Stage) => Promise<unknown>;
}

const install = `helm upgrade --install machine-client-operator deploy/charts/machine-client-operator \\
  --namespace machine-client-system --create-namespace
kubectl rollout status -n machine-client-system deployment/machine-client-operator --timeout=60s`;

const example = `kubectl apply -f examples/stytch.yaml
kubectl wait -n ${team} mcl --all --for=condition=Ready --timeout=60s`;

export const installed = (stage: Stage): Promise<unknown> => stage.sh(install);
const withExample = (stage: Stage): Promise<unknown> => stage.sh(example);

/** Those that begin with an empty cluster. */
export const installing: readonly Surroundings[] = [{ page: 'README.md' }, { page: 'docs/install.md' }];

/** Those that begin where the operator is installed; kubectl's namespace is that of the examples. */
export const using: readonly Surroundings[] = [
  { page: 'docs/rotation.md', before: withExample },
  { page: 'docs/conditions.md', before: withExample },
];
