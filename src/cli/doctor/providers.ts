import { findCondition } from '../../api/conditions.ts';
import { isForbidden } from '../../kube/errors.ts';
import { isNotServed } from '../errors.ts';
import { listProviders } from '../gather.ts';
import type { KubeClient } from '../../kube/client.ts';
import { conditionsOf, type ProviderWire } from '../wire.ts';
import { type Finding, note, ok, unseen, wrong } from './finding.ts';
import { ownValue } from '../../runtime/own.ts';

/** docs/troubleshooting.md, in a line each. */
const remedies: Readonly<Record<string, string>> = {
  CredentialMissing: 'create the Secret or ConfigMap, or the key, that is named here',
  CredentialsInvalid: 'put the right management secret into the Secret that it refers to',
  PermissionDenied: 'give the management credential the rights that are named here, at the provider',
  TokenNotAllowed: 'name the audience in tokenAudiences of the chart, on a ClusterIdentityProvider',
  TokenNotIssued: 'let the ServiceAccount of the operator create serviceaccounts/token of itself',
  UrlNotAllowed: 'use https and a public host, or widen --allowed-provider-hosts of the operator',
  ProviderUnreachable: 'check DNS, network policies and a proxy between the operator and the provider',
  TLSFailed: 'a private certificate authority goes into spec.connection.caBundle',
  Redirected: 'set the base URL to where the API is: redirects are not followed',
  UnexpectedAnswer: 'the base URL leads to something else than the API',
  RateLimited: 'lower spec.limits.requestsPerMinute: other programs share the limit of the account',
  InvalidSpec: 'correct the field that is named here',
  FieldNotSupported: 'use an operator that knows this provider type',
};

const isCluster = ({ kind }: ProviderWire): boolean => kind === 'ClusterIdentityProvider';

export const providerFindings = (provider: ProviderWire): readonly Finding[] => {
  const { kind, metadata, status = {} } = provider;
  const place = isCluster(provider) ? '' : ` -n ${metadata.namespace}`;
  const check = `${kind} ${isCluster(provider) ? '' : `${metadata.namespace}/`}${metadata.name}`;
  const ready = findCondition(conditionsOf(provider), 'Ready');
  const describe = `kubectl describe ${kind.toLowerCase()}${place} ${metadata.name}`;
  const verdict = (): Finding => {
    if (!ready)
      return wrong(
        check,
        'the operator has not looked at it',
        'is the operator running, and does it watch this namespace?',
      );
    if (ready.status !== 'True')
      return wrong(check, `${ready.reason}: ${ready.message}`, ownValue(remedies, ready.reason) ?? describe);
    return ok(check, `Ready, ${status.account ?? ''}`);
  };
  const held = findCondition(conditionsOf(provider), 'MassChangeHeld');
  const { massChange, orphans } = status;
  return [
    verdict(),
    ...(held?.status === 'True'
      ? [
          wrong(
            check,
            `${held.reason}: ${held.message}`,
            `find out why; to go on: kubectl annotate${place} ${kind.toLowerCase()} ${metadata.name} machine-client.dev/confirm-mass-change=${massChange?.token ?? 'TOKEN'} --overwrite`,
          ),
        ]
      : []),
    ...(orphans !== undefined && orphans.count > 0
      ? [
          note(
            check,
            `orphans: ${orphans.count}, clients there without a MachineClient`,
            `kubectl machine-client orphans${place}`,
          ),
        ]
      : []),
  ];
};

/** Of all namespaces, or where that may not be seen of this one. */
export const findProviders = async (kube: KubeClient, namespace: string): Promise<readonly Finding[]> => {
  const everywhere = await listProviders(kube, undefined).catch((error: unknown) => {
    if (!isForbidden(error) && !isNotServed(error)) throw error;
    return undefined;
  });
  try {
    const { own, ofCluster } = everywhere ?? (await listProviders(kube, namespace));
    const all = [...own, ...('unseen' in ofCluster ? [] : ofCluster)];
    return [
      ...(everywhere
        ? []
        : [unseen('IdentityProviders', `you may only look at those in namespace ${namespace}`)]),
      ...('unseen' in ofCluster ? [unseen('ClusterIdentityProviders', ofCluster.unseen)] : []),
      ...(all.length === 0
        ? [note('IdentityProviders', 'there are none', 'examples/ has one for each provider')]
        : []),
      ...all.flatMap(providerFindings),
    ];
  } catch (error) {
    if (isNotServed(error))
      return [
        wrong('CRDs', 'this cluster serves no provider objects', 'kubectl apply --server-side -f crds/'),
      ];
    if (!isForbidden(error)) throw error;
    return [unseen('IdentityProviders', `you may not look at those in namespace ${namespace}`)];
  }
};
