import type { TestProject } from 'vitest/node';
import { compileOperator } from '../helpers/operator-process.ts';
import { startControlPlane } from './control-plane.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a kubeconfig file with administrator rights on the cluster under test. */
    kubeconfig: string;
  }
}

/** One control plane for a whole test run; each test file makes namespaces of its own in it. */
export default async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  await compileOperator();
  const existing = process.env['MCO_TEST_KUBECONFIG'];
  if (existing) {
    project.provide('kubeconfig', existing);
    return undefined;
  }
  const controlPlane = await startControlPlane({ onProgress: (message) => console.error(message) });
  project.provide('kubeconfig', controlPlane.kubeconfigPath);
  return () => controlPlane.stop();
};
