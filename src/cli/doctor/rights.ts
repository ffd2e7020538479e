import { group, leaseName } from '../../api/group.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Resource } from '../../kube/resource.ts';
import { isForbidden } from '../../kube/errors.ts';
import { type Finding, note, ok, unseen, wrong } from './finding.ts';

interface Rule {
  readonly group: string;
  /** With its subresource, as RBAC writes it. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly name?: string;
}

/** What the operator does in each namespace that it watches; the chart grants the same (a test compares them). */
export const workRights: readonly Rule[] = [
  { group, resources: ['machineclients', 'identityproviders'], verbs: ['get', 'list', 'watch', 'patch'] },
  { group, resources: ['machineclients/status', 'identityproviders/status'], verbs: ['patch'] },
  { group: '', resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { group: '', resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
  { group: 'events.k8s.io', resources: ['events'], verbs: ['create', 'patch'] },
];

/** Only for spec.restart, and left out with rbac.restartWorkloads: false. */
export const restartRights: readonly Rule[] = [
  {
    group: 'apps',
    resources: ['deployments', 'statefulsets', 'daemonsets'],
    verbs: ['get', 'list', 'patch'],
  },
  { group: 'batch', resources: ['jobs', 'cronjobs'], verbs: ['list'] },
];

/** Where it watches all namespaces. */
export const clusterRights: readonly Rule[] = [
  { group, resources: ['clusteridentityproviders'], verbs: ['get', 'list', 'watch', 'patch'] },
  { group, resources: ['clusteridentityproviders/status'], verbs: ['patch'] },
  { group: '', resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
];

/** Wherever it watches: a definition is in no namespace. */
export const definitionRights: readonly Rule[] = [
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
    name: 'machineclients.machine-client.dev',
  },
];

/** In its own namespace. */
export const ownRights: readonly Rule[] = [
  { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['create'] },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'update'],
    name: leaseName,
  },
  { group: '', resources: ['pods'], verbs: ['get'] },
];

/** What the commands of this plugin do. */
const personsRights: readonly Rule[] = [
  { group, resources: ['machineclients', 'identityproviders'], verbs: ['get', 'list'] },
  { group, resources: ['machineclients'], verbs: ['create', 'patch'] },
];

export interface Right {
  readonly namespace: string | undefined;
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string | undefined;
}

const rightsIn = (rules: readonly Rule[], namespace: string | undefined): readonly Right[] =>
  rules.flatMap(({ group, resources, verbs, name }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ namespace, group, resource, verb, name }))),
  );

const reviews = (plural: string, kind: string): Resource => ({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});
const ofSelf = reviews('selfsubjectaccessreviews', 'SelfSubjectAccessReview');
const ofOther = reviews('subjectaccessreviews', 'SubjectAccessReview');

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

const userOf = ({ namespace, name }: Account) => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

/** Asks the API server, who knows roles and webhooks alike. Of oneself without an account. */
const mayBy = async (kube: KubeClient, right: Right, account?: Account): Promise<boolean> => {
  const resource = account === undefined ? ofSelf : ofOther;
  const [plural = '', subresource] = right.resource.split('/');
  const answer = await kube.create<{ readonly status?: { readonly allowed?: boolean } }>(
    resource,
    undefined,
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: resource.kind,
      spec: {
        ...(account && userOf(account)),
        resourceAttributes: {
          namespace: right.namespace,
          group: right.group,
          resource: plural,
          subresource,
          verb: right.verb,
          name: right.name,
        },
      },
    },
  );
  return answer.status?.allowed === true;
};

const missing = async (
  kube: KubeClient,
  rights: readonly Right[],
  account?: Account,
): Promise<readonly Right[]> => {
  const answers = await Promise.all(rights.map((right) => mayBy(kube, right, account)));
  return rights.filter((_, index) => answers[index] === false);
};

/** `get, list secrets (namespace a)`: verbs of one resource together. */
export const namesOf = (rights: readonly Right[]): string => {
  const grouped = Map.groupBy(rights, ({ group, resource, namespace }) => {
    const full = group === '' ? resource : `${resource}.${group}`;
    return namespace === undefined ? full : `${full} in ${namespace}`;
  });
  return [...grouped].map(([what, all]) => `${all.map(({ verb }) => verb).join(', ')} ${what}`).join('; ');
};

export const operatorRightsFindings = async (
  kube: KubeClient,
  account: Account,
  watchNamespaces: readonly string[],
): Promise<readonly Finding[]> => {
  const check = `rights of ServiceAccount ${account.namespace}/${account.name}`;
  const scopes = watchNamespaces.length > 0 ? watchNamespaces : [undefined];
  const inScopes = (rules: readonly Rule[]) => scopes.flatMap((scope) => rightsIn(rules, scope));
  const needed = [
    ...inScopes(workRights),
    ...(watchNamespaces.length > 0 ? [] : rightsIn(clusterRights, undefined)),
    ...rightsIn(definitionRights, undefined),
    ...rightsIn(ownRights, account.namespace),
  ];
  try {
    const lacks = await missing(kube, needed, account);
    const lacksForRestart = await missing(kube, inScopes(restartRights), account);
    return [
      lacks.length === 0
        ? ok(check, 'it has all that it needs')
        : wrong(check, `it may not ${namesOf(lacks)}`, 'install the operator again with its roles'),
      ...(lacksForRestart.length === 0
        ? []
        : [
            note(
              check,
              `without ${namesOf(lacksForRestart)} it can restart no workload (spec.restart)`,
              'rbac.restartWorkloads: true in the chart, if that is not wanted so',
            ),
          ]),
    ];
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return [unseen(check, 'you may not ask for the rights of others (create subjectaccessreviews)')];
  }
};

export const ownRightsFinding = async (kube: KubeClient, namespace: string): Promise<Finding> => {
  const lacks = await missing(kube, rightsIn(personsRights, namespace));
  const check = 'your rights';
  return lacks.length === 0
    ? ok(check, `you may use every command in namespace ${namespace}`)
    : note(
        check,
        `you may not ${namesOf(lacks)}`,
        'some commands will be refused; ask whoever gives out roles',
      );
};
