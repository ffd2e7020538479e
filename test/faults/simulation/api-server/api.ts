import type { RawObject } from '../../../../src/kube/list-pager.ts';

export type { Snapshot } from './store.ts';

/** One HTTP request, as it reaches the API server. */
export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One HTTP answer; its body is JSON, but for a path that is not served at all. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to a watch: status 200, and lines of JSON for as long as it lasts. */
export interface ApiWatch {
  /** Plural, without its group. */
  readonly resource: string;
  /** After which the server would end it; whoever keeps the time calls `end`. */
  readonly timeoutSeconds: number | undefined;
  /** The next line, with its "\n". undefined: there is none now. */
  next(): string | undefined;
  /** Called when a line has come, or the end, and not for what was there when it was set. */
  onPending: (() => void) | undefined;
  /** The server has ended it. Lines that `next` still has came before that. */
  readonly ended: boolean;
  /** The server ends this one. */
  end(): void;
  /** The client has gone. */
  close(): void;
}

/** One write that was committed. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  /** Of a deletion: as it was last, with the version of the deletion. */
  readonly object: RawObject;
  readonly previous: RawObject | undefined;
}

export interface MemoryApiServerOptions {
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
  /** For uids and generated names. */
  readonly random: () => number;
  /** CustomResourceDefinitions, parsed. */
  readonly crds: readonly CustomResourceDefinition[];
}

/** What is read of one; `readCrds` of test/helpers gives them. */
export interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly subresources?: { readonly status?: object };
      readonly selectableFields?: readonly { readonly jsonPath: string }[];
    }[];
  };
}

/** A node of a structural schema. */
export interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}
