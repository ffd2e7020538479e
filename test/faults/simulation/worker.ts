import { parentPort } from 'node:worker_threads';
import { generate } from './generate.ts';
import { regressions } from './regressions.ts';
import type { Job } from './runner.ts';
import type { Schedule } from './schedule.ts';
import { type Outcome, simulate } from './simulate.ts';

/** What became of one job. */
export type Report = Omit<Outcome, 'timeline'>;

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread: see runner.ts');

const scheduleOf = (job: Job): Schedule => {
  if ('seed' in job) return generate(job.seed);
  const found = regressions.find(({ name }) => name === job.regression);
  if (!found) throw new RangeError(`there is no regression "${job.regression}"`);
  return found.schedule;
};

const run = async (job: Job): Promise<void> => {
  const { timeline: _, ...report } = await simulate(scheduleOf(job));
  port.postMessage(report satisfies Report);
};

// One at a time: the next job comes when this one has been reported. Undefined: there are no more.
port.on('message', (job: Job | undefined) => {
  if (job === undefined) port.close();
  else void run(job); // What it throws ends the thread, and the runner names the job.
});
