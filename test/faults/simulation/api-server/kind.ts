import type { RawObject } from '../../../../src/kube/list-pager.ts';
import type { FieldCause } from './failure.ts';
import type { JsonObject } from './json.ts';

/** `status`: through the subresource. */
export type WriteVerb = 'create' | 'replace' | 'patch' | 'status';

/** What the API server knows of one resource that it serves. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Of a custom resource: error messages and lists differ. */
  readonly custom: boolean;
  /** `metadata.generation` counts changes of all but metadata and status. */
  readonly counted: boolean;
  readonly hasStatus: boolean;
  /** A PUT needs no resourceVersion. */
  readonly unconditionalUpdate: boolean;
  /** A PUT of what does not exist creates it. */
  readonly createOnUpdate: boolean;
  /**
   * The stored object differs from what its reader gets by defaults that are added when it is read; so its first
   * update is a change, whatever it says.
   */
  readonly incompleteWhenCreated: boolean;
  /** Field selectors beside those of metadata. */
  readonly fields: ReadonlyMap<string, (object: RawObject) => string>;
  /** All that is stored but apiVersion, kind and metadata. */
  content(sent: JsonObject, old: RawObject | undefined, verb: WriteVerb): JsonObject;
  check(next: RawObject, old: RawObject | undefined): FieldCause[];
}

export const fieldAt =
  (path: readonly string[]) =>
  (object: RawObject): string => {
    let value: unknown = object;
    for (const step of path) value = (value as JsonObject | undefined)?.[step];
    return value === undefined || value === null ? '' : String(value);
  };
