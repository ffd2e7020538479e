import { operationAnnotation, versionAnnotation } from '../../../src/kube/rollout/workload.ts';
import type { Findings } from './findings.ts';
import { type Actor, outsiders } from './scene.ts';
import type { StoredWorkload } from './truth.ts';

const PREFIX = versionAnnotation('');

/** Each workload is restarted at most once for each publication of a Secret. */
export class Restarts {
  readonly #findings: Findings;
  /** What a workload's pods were restarted for, in order: `uid annotation`. */
  readonly #done = new Map<string, { readonly value: string; readonly by: Actor }[]>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** etcd was put back, and the templates with it. */
  restored(): void {
    this.#done.clear();
  }

  changed(workload: StoredWorkload, previous: StoredWorkload | undefined, by: Actor): void {
    const before = previous?.spec.template.metadata?.annotations ?? {};
    const now = workload.spec.template.metadata?.annotations ?? {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (!name.startsWith(PREFIX)) continue;
      const operation = operationAnnotation(name.slice(PREFIX.length));
      if (before[name] === now[name] && before[operation] === now[operation]) continue;
      const id = `${workload.metadata.uid} ${name}`;
      const done = this.#done.get(id) ?? [];
      this.#done.set(id, done);
      const value = `${now[name] ?? ''}-${now[operation] ?? ''}`;
      const first = done.findIndex((one) => one.value === value);
      done.push({ value, by });
      if (outsiders.includes(by)) continue;
      this.#findings.count('restarts');
      if (first < 0) continue;
      // Somebody else put an older one there meanwhile: a person, or a call of a dead process that came late.
      if (done.slice(first + 1).some((one) => one.by !== by)) this.#findings.count('restarts again');
      else
        this.#findings.violation(
          'restart',
          `${by} restarts ${workload.kind} ${workload.metadata.name} for ${name.slice(PREFIX.length)} ${value} once more`,
        );
    }
  }
}
