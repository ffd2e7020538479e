import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { KubeObject } from '../../src/kube/resource.ts';
import { buildProgram, type GoProgram } from '../control-plane/build.ts';

const program: GoProgram = {
  name: 'verdicts',
  module: import.meta.dirname,
  title: 'the verdicts of kstatus and Argo CD',
  announcement: 'building kstatus and the Lua of Argo CD, once: it takes about a minute on two cores',
  download: '20 MB',
  otherWays: [],
};

export interface Verdict {
  readonly status: string;
  readonly message: string;
}

export interface Verdicts {
  /** Of kpt and its like. */
  readonly kstatus: Verdict;
  /** The kstatus of Flux's controllers, which is a copy with a version of its own. */
  readonly flux: Verdict;
  readonly argoCD: Verdict;
}

/** Builds it the first time. */
export const findVerdicts = (): Promise<string> => buildProgram(program, (message) => console.error(message));

/** What the tools say of each object; `argoCD` is the data of the ConfigMap `argocd-cm`. */
export const verdictsOf = async (
  objects: readonly KubeObject[],
  argoCD: Readonly<Record<string, string>>,
): Promise<readonly Verdicts[]> => {
  const child = spawn(await findVerdicts(), { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify({ objects, argoCD }));
  const [output, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`no verdicts: ${complaints}`);
  return JSON.parse(output) as readonly Verdicts[];
};
