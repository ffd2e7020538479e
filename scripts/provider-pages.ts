/** The pages of docs/providers with what is generated in them. */
import { providers } from '../src/providers/registry.ts';
import { withCapabilities } from './capabilities.ts';

/** `read`: the content of a file of the repository. */
export const providerPages = (
  read: (file: string) => Promise<string>,
): Promise<readonly (readonly [path: string, content: string])[]> =>
  Promise.all(
    Object.entries(providers).map(async ([type, { capabilities }]) => {
      const path = `docs/providers/${type.toLowerCase()}.md`;
      const page = await read(path).catch(() => {
        throw new Error(`${path} is missing: each provider of src/providers/registry.ts has a page`);
      });
      return [path, withCapabilities(page, path, type, capabilities)] as const;
    }),
  );
