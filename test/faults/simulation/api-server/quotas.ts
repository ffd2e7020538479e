import { forbidden } from './failure.ts';
import type { Kind } from './kind.ts';
import type { Store } from './store.ts';

/** A ResourceQuota `quota` of `count/RESOURCE`, as a switch: how many objects a namespace may have. */
export class Quotas {
  readonly #most = new Map<string, number>();

  set(namespace: string, resource: string, most: number | undefined): void {
    const key = `${namespace}/${resource}`;
    if (most === undefined) this.#most.delete(key);
    else this.#most.set(key, most);
  }

  /** Before one more is made; it comes before the question whether its name is taken. */
  check(store: Store, kind: Kind, namespace: string, name: string): void {
    const most = this.#most.get(`${namespace}/${kind.plural}`);
    if (most === undefined) return;
    const used = store
      .list(kind.plural)
      .filter(({ object }) => object.metadata.namespace === namespace).length;
    if (used < most) return;
    const what = `count/${kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`}`;
    throw forbidden(
      kind,
      name,
      `exceeded quota: quota, requested: ${what}=1, used: ${what}=${used}, limited: ${what}=${most}`,
    );
  }
}
