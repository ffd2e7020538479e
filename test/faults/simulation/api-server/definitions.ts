import { customResourceDefinitions } from '../../../../src/kube/resource.ts';
import { ApiFailure, noSuchPath } from './failure.ts';
import type { Kind } from './kind.ts';
import type { Store } from './store.ts';
import type { StoredObject } from './stored.ts';

/** Definitions can be deleted, and all objects with them: here is what the API server does then. */

const { plural: definitions } = customResourceDefinitions;

export const definitionName = ({ plural, group }: Pick<Kind, 'plural' | 'group'>): string =>
  `${plural}.${group}`;

/** Without its definition there is no such path; while that is being deleted nothing new is made. */
export const checkServed = (store: Store, kind: Kind, method: string): void => {
  if (!kind.custom) return;
  const definition = store.get(definitions, definitionName(kind));
  if (definition === undefined) throw noSuchPath();
  if (method === 'POST' && definition.object.metadata.deletionTimestamp !== undefined)
    throw new ApiFailure(
      405,
      'MethodNotAllowed',
      'create not allowed while custom resource definition is terminating',
      {},
    );
};

/** All objects are marked at once; when the last of them has gone, so does the definition. */
export type DefinitionStep =
  | { readonly deleteAll: readonly StoredObject[]; readonly kind: Kind }
  | { readonly finish: Kind }
  | undefined;

export const definitionStep = (store: Store, kinds: readonly Kind[]): DefinitionStep => {
  for (const kind of kinds) {
    if (!kind.custom) continue;
    const definition = store.get(definitions, definitionName(kind));
    if (definition?.object.metadata.deletionTimestamp === undefined) continue;
    const objects = store.list(kind.plural).map(({ object }) => object);
    const open = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (open.length > 0) return { deleteAll: open, kind };
    if (objects.length === 0) return { finish: kind };
  }
  return undefined;
};

export const finishDefinition = (store: Store, kind: Kind): void => {
  const definition = store.get(definitions, definitionName(kind));
  if (definition) store.remove(definitions, definition.object);
};
