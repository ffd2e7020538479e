import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from './pages.ts';

/** What the reader puts into an example before he applies it: where each provider is, by its name or its type. */
export type BaseUrls = Readonly<Record<string, string>>;

interface ExampleObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly type: string; readonly stytch?: { readonly projectId: string } };
  readonly stringData?: Readonly<Record<string, string>>;
}

const kinds: readonly string[] = ['IdentityProvider', 'ClusterIdentityProvider'];

const withBaseUrls = (manifests: string, urls: BaseUrls): string =>
  parseAllDocuments(manifests)
    .map((document) => {
      const { kind, metadata, spec } = document.toJS() as ExampleObject;
      if (kinds.includes(kind)) {
        const url = urls[metadata.name] ?? urls[spec.type];
        if (url !== undefined) document.setIn(['spec', spec.type.toLowerCase(), 'baseUrl'], url);
      }
      return document.toString({ directives: false });
    })
    .join('---\n');

/** Those below a folder. */
export const editExamples = async (checkout: string, urls: BaseUrls): Promise<void> => {
  const folder = join(checkout, 'examples');
  for (const entry of await readdir(folder, { recursive: true }))
    if (entry.endsWith('.yaml')) {
      const file = join(folder, entry);
      await writeFile(file, withBaseUrls(await readFile(file, 'utf8'), urls));
    }
};

/** The Stytch project of an example, and the secret that it logs in with. */
export const loginOf = async (
  example: string,
): Promise<{ readonly projectId: string; readonly secret: string }> => {
  const objects = parseAllDocuments(await readFile(join(root, example), 'utf8')).map(
    (document) => document.toJS() as ExampleObject,
  );
  const projectId = objects.find(({ kind }) => kind === 'IdentityProvider')?.spec.stytch?.projectId;
  const [secret] = Object.values(objects.find(({ stringData }) => stringData)?.stringData ?? {});
  if (projectId === undefined || secret === undefined) throw new Error(`${example} has no login`);
  return { projectId, secret };
};
