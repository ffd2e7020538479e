/** The pages of docs/providers with what is generated in them. */
import { registry } from '../src/providers/registry.ts';
import { withCapabilities, withComparison } from './capabilities.ts';
import { withConformance } from './conformance-table.ts';
import { pageOf, testsOf } from './provider-files.ts';

type Page = readonly [path: string, content: string];

/** `read`: the content of a file of the repository. */
export const providerPages = async (read: (file: string) => Promise<string>): Promise<readonly Page[]> => {
  const overview = 'docs/providers/README.md';
  const registered = await Promise.all(
    Object.entries(registry).map(async ([type, module]) => {
      const path = pageOf(type);
      const page = await read(path).catch(() => {
        throw new Error(`${path} is missing: each provider of src/providers/registry.ts has a page`);
      });
      return { type, module, path, page, tests: await read(testsOf(type)) };
    }),
  );
  const comparison = withComparison(await read(overview), overview, registered);
  return [
    [overview, withConformance(comparison, overview, registered)],
    ...registered.map(
      ({ type, module, path, page }): Page => [path, withCapabilities(page, path, type, module.capabilities)],
    ),
  ];
};
