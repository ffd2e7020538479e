import type { Consumer, Publication } from '../kube/rollout/workload.ts';
import type { SecretView } from './secret-view.ts';

export const publicationOf = ({
  version,
  operation,
}: Pick<SecretView, 'version' | 'operation'>): Publication => ({ version: String(version), operation });

export const isRestartedFor = ({ publication }: Consumer, secret: SecretView): boolean =>
  publication?.version === String(secret.version) && publication.operation === secret.operation;
