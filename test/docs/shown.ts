import { parseAllDocuments } from 'yaml';
import { apiVersion } from '../../src/api/group.ts';
import { readPages } from './pages.ts';

interface Shown {
  readonly where: string;
  readonly object: Record<string, unknown>;
}

const isWhole = ({ object }: Shown): boolean => 'apiVersion' in object && 'kind' in object;

/** A piece of a MachineClient gets what every other one has, too. */
const wholeOf = ({ where, object }: Shown): Shown => ({
  where,
  object: {
    apiVersion,
    kind: 'MachineClient',
    metadata: { name: 'piece', namespace: 'payments' },
    spec: { providerRef: { name: 'stytch' }, ...(object['spec'] as object) },
  },
});

/** Every manifest that a page shows. What an ellipsis stands for is not checked. */
export const shownManifests = async (): Promise<(Shown & { readonly kind: string })[]> => {
  const shown: readonly Shown[] = (await readPages()).flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ text, line }) =>
        parseAllDocuments(text.replaceAll('…', 'x')).map((document) => {
          const [error] = document.errors;
          if (error) throw new Error(`${path}:${line}: ${error.message}`);
          return { where: `${path}:${line}`, object: document.toJS() as Record<string, unknown> };
        }),
      ),
  );
  const pieces = shown.filter(({ object }) => Object.keys(object).join(',') === 'spec').map(wholeOf);
  return [...shown.filter(isWhole), ...pieces].map((one) => ({ ...one, kind: String(one.object['kind']) }));
};
