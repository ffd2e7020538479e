import { group } from '../../api/group.ts';
import { changesWhatASecretIs, filledByOthers } from '../../api/schema/machine-client-secret.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import { templateNames } from '../render.ts';
import type { SecretView, SecretWire } from '../secret-view.ts';

/** What is to be written into a Secret. */
interface Rendered {
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Something else lives on Secrets of this type: whatever is written into one changes what that does. */
export const isFilledByOthers = ({ type }: Pick<SecretWire, 'type'>): boolean =>
  type !== undefined && filledByOthers.includes(type);

/** What the API server refuses by the schema, and an object that was stored before the rule may still hold. */
export const refusedTemplate = ({ secret }: MachineClientSpec): string | undefined => {
  if (isFilledByOthers(secret)) return `spec.secret.type ${secret.type} is filled by another controller`;
  for (const what of ['labels', 'annotations'] as const) {
    const name = Object.keys(secret[what] ?? {}).find(changesWhatASecretIs);
    if (name !== undefined)
      return `spec.secret.${what} holds ${name}, by which other controllers know what the Secret is`;
  }
  return undefined;
};

/**
 * The first key, label or annotation that would be overwritten though it is not ours: Merge adds, so that what was added
 * can be taken away again and all else is as it was. `before`: what an earlier publication says that it has added.
 */
export const occupied = (
  wire: SecretWire,
  before: SecretView | undefined,
  rendered: Rendered,
): string | undefined => {
  const template = templateNames(before?.template ?? '');
  const own = (name: string): boolean => name.startsWith(`${group}/`);
  const taken = (
    what: string,
    there: Readonly<Record<string, string>> | undefined,
    wanted: Readonly<Record<string, string>>,
    isOurs: (name: string) => boolean,
  ): string | undefined => {
    const name = Object.keys(wanted).find((one) => Object.hasOwn(there ?? {}, one) && !isOurs(one));
    return name === undefined ? undefined : `${what} ${name}`;
  };
  const keys = before?.layout.map(([key]) => key) ?? [];
  const { labels, annotations } = wire.metadata;
  return (
    taken('key', wire.data, rendered.data, (key) => keys.includes(key)) ??
    taken('label', labels, rendered.labels, (name) => own(name) || template.labels.includes(name)) ??
    // Annotations of our domain on a Secret that is not ours stand on a copy: they would be mixed with the new ones.
    taken(
      'annotation',
      annotations,
      rendered.annotations,
      (name) => before !== undefined && (own(name) || template.annotations.includes(name)),
    )
  );
};
