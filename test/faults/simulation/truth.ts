import { annotations, labels } from '../../../src/api/group.ts';
import type { RawObject } from '../../../src/kube/list-pager.ts';
import { parseOperation, type Operation } from '../../../src/api/operation.ts';
import { valueEntry } from '../../helpers/value-entry.ts';
import { INSTALLATION } from './schedule.ts';
import type { TrueClient, Upstream } from './upstreams/upstream.ts';

/** What really is, in etcd and at the provider: nothing of it comes from the operator's caches. */

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A MachineClient as it is stored. */
export interface Stored extends RawObject {
  readonly spec: {
    readonly scopes?: readonly string[];
    readonly displayName?: string;
    readonly description?: string;
    readonly state?: string;
    readonly suspend?: boolean;
    readonly deletionPolicy?: string;
    readonly adoptionPolicy?: string;
    readonly secret?: { readonly name?: string; readonly creationPolicy?: string };
    readonly organizationId?: string;
    readonly rotation?: {
      readonly interval?: string;
      readonly schedule?: string;
      readonly timeZone?: string;
      readonly windows?: readonly {
        readonly schedule: string;
        readonly timeZone?: string;
        readonly duration: string;
      }[];
      readonly overlap?: string;
      readonly verification?: string;
    };
    readonly restart?: {
      readonly targets?: readonly {
        readonly kind: string;
        readonly name?: string;
        readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
      }[];
      readonly discover?: boolean;
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly clientId?: string;
    readonly operation?: string;
    readonly secretVersion?: number;
    readonly lastRotationTime?: string;
    readonly lastHandledRotateRequest?: string;
    readonly lastHandledReconcileRequest?: string;
    readonly credentials?: readonly { readonly id: string; readonly state: string }[];
  };
}

/** An IdentityProvider, the same. */
export interface StoredProvider extends RawObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly orphans?: { readonly sample?: readonly string[] };
    readonly formerOrganizations?: readonly string[];
    readonly massChange?: { readonly token: string };
  };
}

/** A Deployment, StatefulSet or DaemonSet, as far as anybody here reads it. */
export interface StoredWorkload extends RawObject {
  readonly kind: string;
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec?: {
        readonly containers?: readonly {
          readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } }[];
        }[];
      };
    };
  };
  readonly status?: { readonly observedGeneration?: number };
}

export const workloadResources = ['deployments', 'statefulsets', 'daemonsets'] as const;
export const isWorkload = (resource: string): boolean =>
  (workloadResources as readonly string[]).includes(resource);

/** Names of the Secrets that its pods have in their environment. */
export const secretsReadBy = ({ spec }: StoredWorkload): readonly string[] =>
  (spec.template.spec?.containers ?? []).flatMap(({ envFrom = [] }) =>
    envFrom.flatMap(({ secretRef }) => (secretRef?.name === undefined ? [] : [secretRef.name])),
  );

/** A Secret that says that it is a MachineClient's. */
export interface Published {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Somebody took our label off: the operator does not see it. */
  readonly labelled: boolean;
  /** `namespace/name` of the MachineClient. */
  readonly owner: string;
  readonly operation: string;
  readonly abandoned: string | undefined;
  readonly credentialId: string;
  readonly version: string;
  readonly publishedAt: number;
  /** See `SecretView.first`. */
  readonly first: boolean;
  readonly rotateRequest: string | undefined;
  /** What its consumers use. */
  readonly clientId: string;
  readonly value: string;
  /** Names of its entries. */
  readonly keys: readonly string[];
}

export const keyOf = ({ metadata }: RawObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export const operationOf = (object: RawObject | undefined): Operation | undefined =>
  parseOperation(object?.metadata.annotations?.[annotations.operation]);

export const condition = (
  object: Pick<Stored | StoredProvider, 'status'>,
  type: string,
): Condition | undefined => object.status?.conditions?.find((one) => one.type === type);

export const secretNameOf = (object: Stored): string => object.spec.secret?.name ?? object.metadata.name;

const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

export const publishedOf = (secret: RawObject): Published | undefined => {
  const own = secret.metadata.annotations ?? {};
  const [installation, namespace, name] = (own[annotations.owner] ?? '').split('/');
  if (installation !== INSTALLATION || namespace !== secret.metadata.namespace) return undefined;
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return {
    name: secret.metadata.name,
    namespace: secret.metadata.namespace ?? '',
    uid: secret.metadata.uid,
    labelled: secret.metadata.labels?.[labels.managed] === 'true',
    owner: `${namespace}/${name}`,
    operation: own[annotations.operation] ?? '',
    abandoned: own[annotations.abandonedOperation],
    credentialId: own[annotations.credentialId] ?? '',
    version: own[annotations.secretVersion] ?? '',
    publishedAt: Date.parse(own[annotations.publishedAt] ?? ''),
    first: own[annotations.firstCredential] === 'true',
    rotateRequest: own[annotations.rotateRequest],
    // Without a client there is no entry for it. What a role of Vault logs in with ends with its name.
    clientId: decode(data['client-id']) || (decode(data['role-id']).split('/').at(-1) ?? ''),
    value: decode(data[valueEntry(data)]),
    keys: Object.keys(data),
  };
};

export const clientsOf = (upstream: Upstream, key: string): readonly TrueClient[] =>
  upstream.clients().filter(({ mark }) => mark?.owner === key && !mark.released);

/** The Secret that counts: of the wanted name, else the newest under a former one, if nothing newer was published. */
export const mainOf = (object: Stored, secrets: readonly Published[]): Published | undefined =>
  secrets.find(({ name }) => name === secretNameOf(object)) ??
  secrets
    .filter(({ version }) => Number(version) >= (object.status?.secretVersion ?? 0))
    .toSorted((a, b) => Number(b.version) - Number(a.version))[0];
