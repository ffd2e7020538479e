/** The CustomResourceDefinitions, as the generators of pages, schemas and types read them. */
import { customResourceDefinitions } from '../src/api/crd/definitions.ts';

export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-validations'?: readonly { readonly message?: string; readonly rule: string }[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

export interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
    };
    /** The first one is what pages show: all have one schema. */
    readonly versions: readonly [Version, ...Version[]];
  };
}

export const definitions = [...customResourceDefinitions().values()] as unknown as readonly Definition[];
