import { objectKey } from '../../../../src/kube/resource.ts';
import { forbidden, notFound } from './failure.ts';
import type { Kind } from './kind.ts';
import type { StoredMeta } from './object-meta.ts';
import type { Store } from './store.ts';
import type { Stored, StoredObject } from './stored.ts';

const NAMESPACES = { group: '', plural: 'namespaces', kind: 'Namespace' };
const PROTECTED = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is made in a namespace that does not exist or is going. */
export const checkNamespace = (store: Store, kind: Kind, namespace: string, name: string): void => {
  const found = store.get('namespaces', namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.object.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [
    { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
  ]);
};

export const isProtected = ({ plural }: Kind, name: string): boolean =>
  plural === 'namespaces' && PROTECTED.has(name);

/** A namespace always has its name as a label, so that selectors find it. */
export const labelled = ({ plural }: Kind, metadata: StoredMeta): StoredMeta => {
  if (plural !== 'namespaces') return metadata;
  return { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } };
};

/** A namespace that is deleted says so in its phase, too. */
export const ending = ({ plural }: Kind, object: StoredObject): StoredObject =>
  plural === 'namespaces' ? { ...object, status: { phase: 'Terminating' } } : object;

/** What the namespace controller does next. */
export type NamespaceStep =
  | { readonly delete: StoredObject; readonly kind: Kind }
  | { readonly finish: Stored }
  | undefined;

/**
 * The first namespace that is being deleted: one of the objects in it is deleted, whichever (the order in which the
 * controller goes through the resources is nobody's promise); when the last has gone, so does the namespace.
 */
export const namespaceStep = (store: Store, kinds: readonly Kind[], random: () => number): NamespaceStep => {
  for (const namespace of store.list('namespaces')) {
    const { metadata } = namespace.object;
    if (metadata.deletionTimestamp === undefined) continue;
    const content = kinds
      .filter(({ namespaced }) => namespaced)
      .flatMap((kind) => store.list(kind.plural).map(({ object }) => ({ delete: object, kind })))
      .filter((one) => one.delete.metadata.namespace === metadata.name);
    const open = content.filter((one) => one.delete.metadata.deletionTimestamp === undefined);
    if (open.length > 0) return open[Math.floor(random() * open.length)];
    if (content.length === 0) return { finish: namespace };
  }
  return undefined;
};

/** The controller's own finalizer is off; those of others hold the namespace still. */
export const finishNamespace = (store: Store, { object }: Stored): boolean => {
  if (store.get('namespaces', objectKey(object.metadata)) === undefined) return false;
  if ((object.metadata.finalizers ?? []).length > 0) {
    const { finalizers } = object['spec'] as { readonly finalizers?: readonly string[] };
    if (finalizers === undefined) return false;
    store.put('namespaces', { ...object, spec: {} });
  } else store.remove('namespaces', object);
  return true;
};
