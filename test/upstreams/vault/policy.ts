/**
 * What the operator needs of the mount that its roles are in, and no more.
 *
 * Who may write a role may give it any policy but root, so this is a right to everything that any policy of that Vault
 * allows. `secretIdsOnly` is for roles that somebody else has made.
 */
export const operatorPolicy = (mount: string): string =>
  hcl([
    [`auth/${mount}/role`, ['list']],
    [`auth/${mount}/role/+`, ['create', 'read', 'update', 'delete']],
    ...secretIds(mount),
  ]);

/** For an operator that issues secret ids of roles, and neither makes nor changes nor deletes a role. */
export const secretIdsOnlyPolicy = (mount: string): string =>
  hcl([[`auth/${mount}/role`, ['list']], [`auth/${mount}/role/+`, ['read']], ...secretIds(mount)]);

type Rule = readonly [path: string, capabilities: readonly string[]];

const secretIds = (mount: string): readonly Rule[] => [
  [`auth/${mount}/role/+/role-id`, ['read']],
  [`auth/${mount}/role/+/secret-id`, ['update', 'list']],
  [`auth/${mount}/role/+/secret-id-accessor/lookup`, ['update']],
  [`auth/${mount}/role/+/secret-id-accessor/destroy`, ['update']],
];

const hcl = (rules: readonly Rule[]): string =>
  rules
    .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
    .join('\n');
