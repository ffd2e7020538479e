import { objectKey } from '../../../../src/kube/resource.ts';
import { checkKind, checkPlace, checkPreconditions, checkUid, checkVersion } from './checks.ts';
import { alreadyExists, ApiFailure, forbidden, invalid, methodNotAllowed, notFound } from './failure.ts';
import { isObject, type JsonObject, mergePatch, share, textOf } from './json.ts';
import type { Kind, WriteVerb } from './kind.ts';
import { checkNamespace, ending, isProtected, labelled } from './namespaces.ts';
import * as meta from './object-meta.ts';
import type { Quotas } from './quotas.ts';
import type { Store } from './store.ts';
import type { Stored, StoredObject } from './stored.ts';
import { isWholeCollection, nameIn, type Target } from './target.ts';

/** What is answered, as JSON. */
export interface Written {
  readonly status: 200 | 201;
  readonly text: string;
}

interface Options {
  readonly store: Store;
  readonly quotas: Quotas;
  readonly now: () => number;
  readonly random: () => number;
}

/** Everything that changes an object, in the order in which the API server looks at it. */
export class Writes {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  create(target: Target, sent: JsonObject, dryRun: boolean): Written {
    const { kind, namespace } = target;
    if (target.name !== undefined || isWholeCollection(target)) throw methodNotAllowed();
    checkKind(kind, sent);
    checkPlace(target, sent);
    const { store, quotas, now, random } = this.#options;
    const said = meta.metaOf(sent);
    const base = said['generateName'];
    const name =
      !said['name'] && typeof base === 'string' && base !== ''
        ? meta.generatedName(base, random)
        : textOf(said['name']);
    if (namespace !== undefined) checkNamespace(store, kind, namespace, name);
    const drawn = meta.createdMeta(said, {
      name,
      namespace,
      uid: meta.newUid(random),
      now: now(),
      generation: kind.counted ? 1 : undefined,
    });
    const object = assembled(kind, drawn, kind.content(sent, undefined, 'create'));
    const causes = [
      ...meta.nameCauses(name),
      ...meta.textCauses(object.metadata, undefined),
      ...kind.check(object, undefined),
    ];
    if (causes.length > 0) throw invalid(kind, name, causes);
    if (namespace !== undefined) quotas.check(store, kind, namespace, name);
    if (said['resourceVersion'] && !dryRun)
      throw new ApiFailure(500, undefined, 'resourceVersion should not be set on objects to be created');
    const existing = store.get(kind.plural, objectKey({ namespace, name }));
    if (existing !== undefined)
      throw alreadyExists(kind, name, existing.object.metadata.deletionTimestamp !== undefined);
    if (!dryRun)
      return { status: 201, text: store.put(kind.plural, object, kind.incompleteWhenCreated).text };
    const metadata = { ...object.metadata, resourceVersion: said['resourceVersion'] || undefined };
    return { status: 201, text: JSON.stringify({ ...object, metadata }) };
  }

  replace(target: Target, sent: JsonObject, dryRun: boolean): Written {
    const { kind } = target;
    const name = nameIn(target);
    checkKind(kind, sent);
    checkPlace(target, sent);
    const old = this.#find(target);
    const { resourceVersion, uid } = meta.metaOf(sent);
    if (old === undefined && !kind.createOnUpdate) throw notFound(kind, name);
    checkUid(kind, name, uid, old?.object.metadata.uid ?? '');
    if (old === undefined) {
      const { resourceVersion: _, ...said } = meta.metaOf(sent);
      return this.create({ ...target, name: undefined }, { ...sent, metadata: said }, dryRun);
    }
    if (resourceVersion) checkVersion(kind, name, resourceVersion, old);
    else if (!kind.unconditionalUpdate)
      throw invalid(
        kind,
        name,
        [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be specified for an update',
            field: 'metadata.resourceVersion',
          },
        ],
        kind.plural,
      );
    return this.#update(target, old, sent, target.subresource === 'status' ? 'status' : 'replace', dryRun);
  }

  patch(target: Target, patch: JsonObject, dryRun: boolean): Written {
    const { kind } = target;
    const name = nameIn(target);
    const old = this.#find(target);
    if (old === undefined) throw notFound(kind, name);
    const sent = mergePatch(old.object, patch) as JsonObject;
    checkKind(kind, sent);
    checkPlace(target, sent);
    const { resourceVersion } = meta.metaOf(sent);
    if (resourceVersion) checkVersion(kind, name, resourceVersion, old);
    return this.#update(target, old, sent, target.subresource === 'status' ? 'status' : 'patch', dryRun);
  }

  /**
   * Server-side apply by one who always applies the same fields of maps: merged, as by a patch. Whose fields they are is
   * not remembered, so none goes because its manager does not apply it any more, and nobody is in conflict.
   */
  apply(target: Target, sent: JsonObject, dryRun: boolean): Written {
    const { kind, query } = target;
    const name = nameIn(target);
    if (!query.get('fieldManager')) throw managerRequired();
    checkKind(kind, sent);
    checkPlace(target, sent);
    const old = this.#find(target);
    const { uid } = meta.metaOf(sent);
    if (old !== undefined) return this.patch(target, sent, dryRun);
    checkUid(kind, name, uid, '');
    return this.create({ ...target, name: undefined }, sent, dryRun);
  }

  delete(target: Target, options: JsonObject, dryRun: boolean): Written {
    const { kind } = target;
    const { store, now } = this.#options;
    const name = nameIn(target);
    const old = this.#find(target);
    if (old === undefined) throw notFound(kind, name);
    checkPreconditions(kind, name, isObject(options['preconditions']) ? options['preconditions'] : {}, old);
    if (isProtected(kind, name)) throw forbidden(kind, name, 'this namespace may not be deleted');
    const { metadata } = old.object;
    if (isHeld(old.object)) {
      if (metadata.deletionTimestamp !== undefined) return { status: 200, text: old.text };
      const marked: StoredObject = {
        ...ending(kind, old.object),
        metadata: {
          ...metadata,
          ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
          deletionTimestamp: meta.timestamp(now()),
          ...(kind.plural === 'namespaces' ? {} : { deletionGracePeriodSeconds: 0 }),
        },
      };
      const text = dryRun ? JSON.stringify(marked) : store.put(kind.plural, marked).text;
      return { status: 200, text };
    }
    if (!dryRun) store.remove(kind.plural, old.object);
    return { status: 200, text: success(kind, name, metadata.uid) };
  }

  #find({ kind, namespace, name = '' }: Target): Stored | undefined {
    return this.#options.store.get(kind.plural, objectKey({ namespace, name }));
  }

  #update({ kind }: Target, old: Stored, sent: JsonObject, verb: WriteVerb, dryRun: boolean): Written {
    const { store } = this.#options;
    const before = old.object;
    // What is said of metadata with the status of a custom resource is not heard, not even a wrong uid.
    const said = verb === 'status' && kind.custom ? before.metadata : meta.metaOf(sent);
    const causes = meta.updateCauses(said, before.metadata);
    const metadata = meta.updatedMeta(said, before.metadata);
    const drawn = share(before, assembled(kind, metadata, kind.content(sent, before, verb)));
    const after = kind.counted && verb !== 'status' ? counted(before, drawn) : drawn;
    causes.push(
      ...meta.textCauses(after.metadata, before.metadata),
      ...meta.finalizerCauses(kind.custom, after.metadata, before.metadata),
      ...kind.check(after, before),
    );
    if (causes.length > 0) throw invalid(kind, before.metadata.name, causes);
    if (after === before && !old.incomplete) return { status: 200, text: old.text };
    const ends = after.metadata.deletionTimestamp !== undefined && !isHeld(after);
    if (dryRun || ends) {
      // What is left of it when its last finalizer goes is never stored: watches see it as it was before.
      if (!dryRun) store.remove(kind.plural, before);
      return { status: 200, text: JSON.stringify(after) };
    }
    return { status: 200, text: store.put(kind.plural, after).text };
  }
}

const managerRequired = (): ApiFailure =>
  invalid({ group: 'meta.k8s.io', plural: '', kind: 'PatchOptions' }, '', [
    {
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    },
  ]);

const assembled = (kind: Kind, metadata: meta.StoredMeta, content: JsonObject): StoredObject => ({
  kind: kind.kind,
  apiVersion: kind.apiVersion,
  metadata: labelled(kind, metadata),
  ...content,
});

const ENVELOPE = new Set(['metadata', 'status']);

/** With the next generation, if anything but metadata and status has changed. */
const counted = (before: StoredObject, after: StoredObject): StoredObject => {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  if ([...fields].every((field) => ENVELOPE.has(field) || before[field] === after[field])) return after;
  return { ...after, metadata: { ...after.metadata, generation: (before.metadata.generation ?? 0) + 1 } };
};

/** Somebody has to do something before it can go. */
const isHeld = (object: StoredObject): boolean => {
  const { finalizers = [] } = (object['spec'] ?? {}) as { readonly finalizers?: readonly string[] };
  const ofNamespace = object.kind === 'Namespace' && finalizers.length > 0;
  return ofNamespace || (object.metadata.finalizers ?? []).length > 0;
};

const success = ({ group, plural }: Kind, name: string, uid: string): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind: plural, uid },
  });
