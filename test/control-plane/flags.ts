import { join } from 'node:path';
import type { CredentialFiles } from './credentials.ts';

/** Ownership, namespace deletion, quota, aggregated roles and rollouts; no nodes, so nothing that serves pods. */
const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'resourcequota-controller',
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemonset-controller',
];

/** They are about nodes, volumes, ingresses and certificates, of which there are none: informers saved. */
const NEEDLESS_ADMISSION = [
  'CertificateApproval',
  'CertificateSigning',
  'CertificateSubjectRestriction',
  'ClusterTrustBundleAttest',
  'DefaultIngressClass',
  'DefaultStorageClass',
  'DefaultTolerationSeconds',
  'PersistentVolumeClaimResize',
  'Priority',
  'RuntimeClass',
  'StorageObjectInUseProtection',
  'TaintNodesByCondition',
];

const etcdSocket = (folder: string): string => `unix://${join(folder, 'etcd.sock')}`;

/** A socket in our private folder, as etcd asks nobody for credentials. The data need not survive the machine. */
export const etcdFlags = (folder: string): string[] => [
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=${etcdSocket(folder)}`,
  // Both are required, and neither is used: no other member exists, and clients are told the socket.
  '--advertise-client-urls=http://127.0.0.1:0',
  '--listen-peer-urls=http://127.0.0.1:0',
  '--unsafe-no-fsync',
  '--quota-backend-bytes=8589934592',
  '--log-level=warn',
];

export const apiServerFlags = (folder: string, port: number, credentials: CredentialFiles): string[] => [
  `--etcd-servers=${etcdSocket(folder)}`,
  `--secure-port=${port}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  // It makes a self-signed certificate there, which clients take as the authority.
  `--cert-dir=${folder}`,
  `--token-auth-file=${credentials.tokens}`,
  '--authorization-mode=RBAC',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
  `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
  '--service-cluster-ip-range=10.0.0.0/24',
  // The address is loopback, which an endpoint may not have.
  '--endpoint-reconciler-type=none',
  `--disable-admission-plugins=${NEEDLESS_ADMISSION.join(',')}`,
  '--profiling=false',
];

/** The certificate that the API server makes in its `--cert-dir`. */
export const certificateFile = (folder: string): string => join(folder, 'apiserver.crt');

export const controllerManagerFlags = (
  folder: string,
  kubeconfig: string,
  credentials: CredentialFiles,
): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--controllers=${CONTROLLERS.join(',')}`,
  `--root-ca-file=${certificateFile(folder)}`,
  `--service-account-private-key-file=${credentials.serviceAccountKey}`,
  '--leader-elect=false',
  '--secure-port=0',
  '--profiling=false',
  // A count that was taken before the cache had seen an object is taken again soon, not after five minutes.
  '--resource-quota-sync-period=5s',
  // A test that waits for the collector must not wait for the client's own throttle.
  '--kube-api-qps=500',
  '--kube-api-burst=1000',
];
