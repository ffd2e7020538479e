import type { Condition } from '../../src/api/conditions.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import type { KubeObject, Resource } from '../../src/kube/resource.ts';
import { type Definition, readCrds } from '../helpers/install-crds.ts';
import { until } from '../helpers/until.ts';

const definitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

const FIELD_MANAGER = 'machine-client-demo';

interface Wire extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const served = ({ spec }: Definition): Resource => ({
  group: spec.group,
  version: spec.versions[0].name,
  plural: spec.names.plural,
  kind: spec.names.kind,
  namespaced: spec.scope === 'Namespaced',
});

const ifGone = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};

/**
 * Applies what is in crds/, waits until it is served, and gives all of it.
 *
 * @param added gets those that were not there before, each before it is made
 */
export const applyDefinitions = async (
  kube: KubeClient,
  added: Definition[],
  signal: AbortSignal,
): Promise<readonly Definition[]> => {
  const all = await readCrds();
  for (const definition of all) {
    const ref = { name: definition.metadata.name };
    if (!(await kube.get<Wire>(definitions, ref, { signal }).catch(ifGone))) added.push(definition);
    await kube.apply(definitions, ref, definition, { fieldManager: FIELD_MANAGER, force: true, signal });
  }
  // Established is told a moment before the objects are served, so they are asked for too.
  for (const definition of all)
    await until(
      `${definition.metadata.name} to be served`,
      async () => {
        const { status } = await kube.get<Wire>(definitions, { name: definition.metadata.name }, { signal });
        if (!status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'))
          return false;
        return await kube.list(served(definition), { signal }).then(
          () => true,
          () => false,
        );
      },
      { timeoutMs: 60_000, signal },
    );
  return all;
};

/** Removes them again, but for those of which there are objects: they are other people's. Gives what was left. */
export const removeDefinitions = async (
  kube: KubeClient,
  added: readonly Definition[],
): Promise<readonly string[]> => {
  const left: string[] = [];
  for (const definition of added) {
    const { name } = definition.metadata;
    const used = await kube.list(served(definition)).then((objects) => objects.length > 0, ifGone);
    if (used) left.push(name);
    else await kube.delete(definitions, { name }).catch(ifGone);
  }
  return left;
};
