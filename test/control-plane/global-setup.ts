import type { TestProject } from 'vitest/node';
import { installForAll } from '../helpers/install-crds.ts';
import { startControlPlane } from './control-plane.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a kubeconfig file with administrator rights on the cluster under test. */
    kubeconfig: string;
  }
}

/** One control plane with our definitions for a whole test run; each test file makes namespaces of its own in it. */
export default async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const existing = process.env['MCO_TEST_KUBECONFIG'];
  if (existing) {
    await installForAll(existing);
    project.provide('kubeconfig', existing);
    return undefined;
  }
  const controlPlane = await startControlPlane({ onProgress: (message) => console.error(message) });
  await installForAll(controlPlane.kubeconfigPath);
  project.provide('kubeconfig', controlPlane.kubeconfigPath);
  return () => controlPlane.stop();
};
