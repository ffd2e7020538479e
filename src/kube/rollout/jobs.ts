import { secretName } from '../../api/resources.ts';
import type { KubeClient } from '../client.ts';
import { cronJobs, jobs, type KubeObject } from '../resource.ts';
import { podUses, type PodSpec } from './pod-uses.ts';
import type { Consumed } from './read.ts';

interface PodTemplate {
  readonly spec?: PodSpec;
}

interface JobWire extends KubeObject {
  readonly spec: { readonly template: PodTemplate };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface CronJobWire extends KubeObject {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } } };
}

const uses = (template: PodTemplate, secret: string): boolean =>
  template.spec !== undefined && podUses(template.spec, secret);

const hasEnded = ({ status }: JobWire): boolean =>
  status?.conditions?.some(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  ) === true;

const isOfCronJob = ({ metadata }: JobWire): boolean =>
  metadata.ownerReferences?.some(({ kind, controller }) => kind === 'CronJob' && controller === true) ===
  true;

/**
 * CronJobs, and Jobs of nobody that have not ended, whose pods read the Secret, such as `CronJob nightly`; in the order
 * of the API server. What runs to its end is not restarted in the middle: a run keeps the credential that it began with.
 *
 * @throws KubeError also where the operator has no right to list them.
 */
export const readJobs = async (
  kube: KubeClient,
  object: Consumed,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const secret = secretName(object);
  const { namespace } = object;
  const periodic = await kube.list(cronJobs, { namespace, signal }, ({ metadata, spec }: CronJobWire) =>
    uses(spec.jobTemplate.spec.template, secret) ? `CronJob ${metadata.name}` : undefined,
  );
  const single = await kube.list(jobs, { namespace, signal }, (job: JobWire) =>
    uses(job.spec.template, secret) && !isOfCronJob(job) && !hasEnded(job)
      ? `Job ${job.metadata.name}`
      : undefined,
  );
  return [...periodic, ...single];
};
