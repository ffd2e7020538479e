import { nameOf } from '../provider-files.ts';

/** The two lists in which a provider stands by its name, and how it gets into them. */

/** The line after the last one of these in the text. */
const insertAfterLast = (text: string, pattern: RegExp, line: string, path: string): string => {
  const last = [...text.matchAll(pattern)].at(-1);
  if (!last) throw new Error(`${path} does not look as it did: add this line by hand: ${line}`);
  const at = last.index + last[0].length;
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
};

export const registryPath = 'src/providers/registry.ts';
export const cataloguePath = 'test/simulators/catalogue.ts';

export const withProvider = (registry: string, type: string): string => {
  const name = nameOf(type);
  const imported = insertAfterLast(
    registry,
    /^import \{ \w+ \} from '\.\/\w+\/index\.ts';\n/gm,
    `import { ${name} } from './${name}/index.ts';`,
    registryPath,
  );
  return insertAfterLast(imported, /^ {2}[A-Z]\w*: [a-z]\w*,\n/gm, `  ${type}: ${name},`, registryPath);
};

export const withSimulator = (catalogue: string, type: string): string => {
  const name = nameOf(type);
  const imported = insertAfterLast(
    catalogue,
    /^import \{ start\w+Simulator \} from '\.\/\w+\/simulator\.ts';\n/gm,
    `import { start${type}Simulator } from './${name}/simulator.ts';`,
    cataloguePath,
  );
  return insertAfterLast(
    imported,
    /^export const simulators: .*= \{\n/gm,
    `  ${name}: ({ credentials: { secret }, ...options }) => start${type}Simulator({ ...options, secret }),`,
    cataloguePath,
  );
};
