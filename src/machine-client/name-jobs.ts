import { KubeError } from '../kube/errors.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import { readJobs } from '../kube/rollout/jobs.ts';

const MOST_JOBS_NAMED = 5;

/**
 * Once for each publication: who reads the Secret and keeps the old credential until its run ends. A rotation never waits
 * for them, so what the API server does not let us list is passed over.
 */
export const nameJobs = async (context: ReconcileContext): Promise<void> => {
  const { ports, object, secret, signal } = context;
  const key = `${object.uid} jobs`;
  if (object.spec.restart?.discover !== true || !secret || ports.named.get(key) === secret.operation) return;
  ports.named.set(key, secret.operation);
  try {
    const found = await readJobs(ports.kube, object, signal);
    if (found.length === 0) return;
    const named = [...found.slice(0, MOST_JOBS_NAMED), ...(found.length > MOST_JOBS_NAMED ? ['…'] : [])];
    const note = `${named.join(', ')} read the Secret ${secret.name} and are not restarted: a run keeps the credential that it began with, so let spec.rotation.overlap (${object.spec.rotation.overlap}) be longer than the longest of them`;
    ports.event(object, 'Normal', 'JobsNotRestarted', note);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    context.log.info({ error: error.message }, 'jobs could not be listed');
  }
};
