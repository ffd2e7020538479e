import type { RawObject } from '../../../../src/kube/list-pager.ts';
import type { StoredMeta } from './object-meta.ts';

export type StoredObject = RawObject & { readonly metadata: StoredMeta };

const PARTIAL = '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":';

/** One version of one object, frozen, and its JSON, which is made once and sent many times. */
export class Stored {
  /** `kind` and `apiVersion` come first, so that a list can leave them out. */
  readonly object: StoredObject;
  /** See `Kind.incompleteWhenCreated`. */
  readonly incomplete: boolean;
  #text: string | undefined;
  #partial: string | undefined;

  constructor(object: StoredObject, incomplete = false) {
    this.object = object;
    this.incomplete = incomplete;
  }

  get version(): string {
    return this.object.metadata.resourceVersion;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.object);
    return this.#text;
  }

  /** As PartialObjectMetadata. */
  get partial(): string {
    this.#partial ??= `${PARTIAL}${JSON.stringify(this.object.metadata)}}`;
    return this.#partial;
  }
}
