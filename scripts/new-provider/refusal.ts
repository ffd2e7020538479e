import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterIdentityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { providerTypes } from '../../src/providers/registry.ts';
import { printable } from '../../src/runtime/printable.ts';
import { nameOf } from '../provider-files.ts';

/** The member becomes a name in the code, and a field beside those that the kinds have. */
const reserved =
  'await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  );
const fields = [clusterIdentityProviderSpec, machineClientSpec].flatMap(({ shape }) => Object.keys(shape));
const providers = join(import.meta.dirname, '..', '..', 'src', 'providers');

/** Why there can be no provider of this type; undefined: there can. */
export const refusalOf = (type: string): string | undefined => {
  const name = nameOf(type);
  if (!/^[A-Z][A-Za-z0-9]{0,39}$/.test(type))
    return `the type "${printable(type)}" must begin with a capital letter and consist of at most 40 letters and digits, for example Acme`;
  if (providerTypes.some((known) => nameOf(known) === name)) return `there is a provider ${name} already`;
  if (reserved.includes(name)) return `${name} is a word of the language; choose another type`;
  if (fields.some((field) => field.toLowerCase() === name))
    return `the kinds have a field ${name} already; choose another type`;
  if (existsSync(join(providers, name)) || existsSync(join(providers, `${name}.ts`)))
    return `src/providers has a ${name} already; choose another type`;
  return undefined;
};
