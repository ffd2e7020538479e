import { isNotFound } from '../../src/kube/errors.ts';

/** What a read comes to of an object that is to go: whether there is none. Another error than that is thrown. */
export const isGone = (read: Promise<unknown>): Promise<boolean> =>
  read.then(
    () => false,
    (error: unknown) => {
      if (isNotFound(error)) return true;
      throw error;
    },
  );
