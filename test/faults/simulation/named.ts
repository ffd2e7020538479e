import { secretNameOf, secretsReadBy, type Stored, type StoredWorkload } from './truth.ts';

/** The workloads that `spec.restart` of an object means, by uid: by its words alone, and not by the operator's code. */
export const namedWorkloads = (object: Stored, workloads: readonly StoredWorkload[]): ReadonlySet<string> => {
  const { restart } = object.spec;
  if (!restart) return new Set();
  const secret = secretNameOf(object);
  const isMeant = (one: StoredWorkload): boolean =>
    (restart.discover === true && secretsReadBy(one).includes(secret)) ||
    (restart.targets ?? []).some(
      ({ kind, name, selector }) =>
        kind === one.kind &&
        (name === undefined
          ? Object.entries(selector?.matchLabels ?? {}).every(
              ([key, value]) => one.metadata.labels?.[key] === value,
            )
          : name === one.metadata.name),
    );
  return new Set(
    workloads
      .filter((one) => one.metadata.namespace === object.metadata.namespace && isMeant(one))
      .map(({ metadata }) => metadata.uid),
  );
};
