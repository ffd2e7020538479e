import { annotations } from '../../api/group.ts';
import { ownValue } from '../../runtime/own.ts';
import type { Setback } from '../status/picture.ts';

/** What is written of a Secret; `null` takes a name away. */
export interface Written {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string | null>>;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly data: Readonly<Record<string, string | null>>;
}

/** What the API server answers, with what admission has made of it. */
interface Stored {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * What of ours comes back otherwise than it was sent: `key token-url`. What admission adds is its own. A Secret that is
 * rewritten counts as edited, so each credential in it would be thrown away, and the next one made.
 */
export const rewrittenName = ({ metadata, data }: Written, stored: Stored): string | undefined => {
  const parts = [
    ['key', data, stored.data],
    ['label', metadata.labels, stored.metadata.labels],
    ['annotation', metadata.annotations, stored.metadata.annotations],
  ] as const;
  for (const [kind, sent, now] of parts)
    for (const [name, value] of Object.entries(sent))
      if ((value ?? undefined) !== ownValue(now, name)) return `${kind} ${name}`;
  return undefined;
};

export const rewrittenSetback = (secret: string, name: string): Setback => ({
  reason: 'SecretRewritten',
  message: `admission in this cluster (a mutating webhook or policy) changes the ${name} of the Secret ${secret} as it is written; let it leave that as it is, and ask for a look with the annotation ${annotations.reconcileRequested}`,
  retry: 'spec',
  side: 'kubernetes',
});
