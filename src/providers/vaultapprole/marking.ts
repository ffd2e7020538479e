import { parseFullMark, type Mark } from '../mark.ts';
import type { IssuedBy } from '../provider.ts';

/**
 * A role has no field for a mark. The short one stands in its name, which is all that a list shows, and the full one in
 * its role_id, which is chosen with it: no two marks ever ask for the same one, and Vault refuses one that another role has.
 * Neither can be changed later: a role cannot be renamed, and who logs in has the role_id.
 *
 *   name     mco-xxxxxxyyyyyyyyyyyyyyyyyyyy-zzzzzzzzzzzz   (`chosenClientId`)
 *   role_id  <installation>/<namespace>/<name>/<name of the role>
 */
const ownName = /^(mco-[a-z2-7]{26})-[a-z2-7]{12}$/;

export const shortMarkOf = (name: string): string | undefined => ownName.exec(name)?.[1];

export const roleIdOf = (mark: Mark, name: string): string => `${mark.full}/${name}`;

/** Only where the name and the role_id say the same. */
export const markOf = (name: string, roleId: string | undefined): Mark | undefined => {
  const at = roleId?.lastIndexOf('/') ?? -1;
  if (roleId === undefined || at < 0 || roleId.slice(at + 1) !== name) return undefined;
  const mark = parseFullMark(roleId.slice(0, at));
  return mark?.short === shortMarkOf(name) ? mark : undefined;
};

/** What Vault takes for a name of a role and keeps as it is: it makes upper case lower. */
const roleName = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;
/** Two dots it would take, too; but a path is no place for them. */
export const isRoleName = (name: string): boolean =>
  name.length <= 512 && roleName.test(name) && !name.includes('..');

/** Letters, digits and few signs: with a dot in a key Vault takes the secret id, and then lets nobody log in with it. */
const keyOf = (name: string): string => `machine-client-${name}`;
const word = /^[a-z0-9-]{1,64}$/;

/** What a secret id carries: whose it is, and which operation issued it. Tokens that come of it show it, too. */
export const metadataFor = (mark: Mark, operation: string | undefined): Readonly<Record<string, string>> => ({
  [keyOf('mark')]: mark.full,
  [keyOf('installation')]: mark.installation,
  ...(operation !== undefined && { [keyOf('operation')]: operation }),
});

/** Undefined: somebody else's. */
export const issuedByOf = (metadata: Readonly<Record<string, unknown>>): IssuedBy | undefined => {
  const [full, installation, operation] = ['mark', 'installation', 'operation'].map((name) => {
    const value = metadata[keyOf(name)];
    return typeof value === 'string' ? value : undefined;
  });
  const mark = full === undefined ? undefined : parseFullMark(full);
  if (!mark || mark.installation !== installation) return undefined;
  return {
    mark: mark.full,
    operation: operation !== undefined && word.test(operation) ? operation : undefined,
  };
};
