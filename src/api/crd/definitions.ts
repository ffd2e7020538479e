import type * as z from 'zod';
import {
  clusterIdentityProviderKind,
  group,
  identityProviderKind,
  machineClientKind,
  version,
  versions,
} from '../group.ts';
import {
  clusterIdentityProviderSpec,
  identityProviderSpec,
  providerStatus,
} from '../schema/identity-provider.ts';
import { machineClientRootRules, machineClientSpec } from '../schema/machine-client.ts';
import { machineClientStatus } from '../schema/machine-client-status.ts';
import type { Rule } from '../schema/fields.ts';
import { structural } from './structural.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description: string;
  /** 0 = always shown, 1 = with `-o wide`. */
  readonly priority?: number;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly nameMaxLength?: number;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly rootRules: readonly Rule[];
  readonly columns: readonly Column[];
  readonly selectable: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

const condition = (type: string, field: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;
const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since its creation.',
};
/** The last one, for it is long. */
const message: Column = {
  name: 'Message',
  type: 'string',
  jsonPath: condition('Ready', 'message'),
  description: 'Why, in words.',
  priority: 1,
};
const providerColumns: readonly Column[] = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: condition('Ready', 'status'),
    description: 'Whether clients can be made.',
  },
  { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'The kind of provider.' },
  { name: 'Account', type: 'string', jsonPath: '.status.account', description: 'The account behind it.' },
  age,
  {
    name: 'Orphans',
    type: 'integer',
    jsonPath: '.status.orphans.count',
    description: 'Clients without a MachineClient.',
    priority: 1,
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: condition('Ready', 'reason'),
    description: 'Why it is ready or not.',
    priority: 1,
  },
  message,
];

const kinds: readonly Kind[] = [
  {
    kind: machineClientKind,
    plural: 'machineclients',
    singular: 'machineclient',
    shortName: 'mcl',
    scope: 'Namespaced',
    description: 'A client at an identity provider, and the Secret that holds its one-time credential.',
    // It is the default name of the Secret, and workloads put it in labels.
    nameMaxLength: 63,
    spec: machineClientSpec,
    status: machineClientStatus,
    rootRules: machineClientRootRules,
    columns: [
      {
        name: 'Ready',
        type: 'string',
        jsonPath: condition('Ready', 'status'),
        description: 'Whether the Secret holds a working credential.',
      },
      {
        name: 'Reason',
        type: 'string',
        jsonPath: condition('Ready', 'reason'),
        description: 'Why it is ready or not.',
      },
      {
        name: 'Secret',
        type: 'string',
        jsonPath: '.status.binding.name',
        description: 'The Secret that holds the credential.',
      },
      {
        name: 'Suffix',
        type: 'string',
        jsonPath: '.status.secretSuffix',
        description: 'The last four characters of the published secret.',
      },
      // A string: of type date, a time in the future is printed as <invalid>.
      {
        name: 'Next rotation',
        type: 'string',
        jsonPath: '.status.nextRotationTime',
        description: 'When the next rotation is due.',
      },
      age,
      {
        name: 'Client ID',
        type: 'string',
        jsonPath: '.status.clientId',
        description: "The client's id.",
        priority: 1,
      },
      {
        name: 'Provider',
        type: 'string',
        jsonPath: '.spec.providerRef.name',
        description: 'The provider object.',
        priority: 1,
      },
      {
        name: 'Version',
        type: 'integer',
        jsonPath: '.status.secretVersion',
        description: 'The version of the published Secret.',
        priority: 1,
      },
    ],
    selectable: ['.spec.providerRef.name', '.spec.secret.name', '.status.binding.name'],
    // https://servicebinding.io/spec/core/1.1.0/#provisioned-service
    labels: { 'servicebinding.io/provisioned-service': 'true' },
  },
  {
    kind: identityProviderKind,
    plural: 'identityproviders',
    singular: 'identityprovider',
    shortName: 'idp',
    scope: 'Namespaced',
    description: 'An account at an identity provider, for the MachineClients of its namespace.',
    spec: identityProviderSpec,
    status: providerStatus,
    rootRules: [],
    columns: providerColumns,
    selectable: [],
  },
  {
    kind: clusterIdentityProviderKind,
    plural: 'clusteridentityproviders',
    singular: 'clusteridentityprovider',
    shortName: 'cidp',
    scope: 'Cluster',
    description: 'An account at an identity provider, for the namespaces that it allows.',
    spec: clusterIdentityProviderSpec,
    status: providerStatus,
    rootRules: [],
    columns: providerColumns,
    selectable: [],
  },
];

const served = (kind: Kind, name: (typeof versions)[number]) => ({
  name,
  served: true,
  storage: name === version,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description: kind.description,
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: {
          type: 'object',
          ...(kind.nameMaxLength && {
            properties: { name: { type: 'string', maxLength: kind.nameMaxLength } },
          }),
        },
        spec: structural(kind.spec, `${kind.kind}.spec`),
        status: structural(kind.status, `${kind.kind}.status`),
      },
      ...(kind.rootRules.length > 0 && { 'x-kubernetes-validations': kind.rootRules }),
    },
  },
  subresources: { status: {} },
  additionalPrinterColumns: kind.columns.map(({ priority, ...column }) => ({
    ...column,
    ...(priority && { priority }),
  })),
  ...(kind.selectable.length > 0 && {
    selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })),
  }),
});

const definition = (kind: Kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${group}`, ...(kind.labels && { labels: kind.labels }) },
  spec: {
    group,
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.singular,
      shortNames: [kind.shortName],
      categories: ['machine-clients'],
    },
    scope: kind.scope,
    // The versions have one schema, so no webhook has to convert anything.
    conversion: { strategy: 'None' },
    versions: versions.map((name) => served(kind, name)),
  },
});

/** File name → CustomResourceDefinition, of all kinds. */
export const customResourceDefinitions = (): ReadonlyMap<string, ReturnType<typeof definition>> =>
  new Map(kinds.map((kind) => [`${group}_${kind.plural}.yaml`, definition(kind)]));
