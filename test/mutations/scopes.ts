/** What is mutated, and how much of it must be noticed. */
export interface Scope {
  readonly name: string;
  /** Globs, from the root of the project. */
  readonly files: readonly string[];
  /** Globs of the unit tests that are tried, beside the decisions and the simulation. */
  readonly tests: readonly string[];
  /** In percent of the mutations that are not equivalent. */
  readonly floor: number;
}

const folder = (
  path: string,
  floor: number,
  tests: readonly string[] = [`src/${path}/**/*.test.ts`],
): Scope => ({
  name: path,
  files: [`src/${path}/**/*.ts`],
  tests,
  floor,
});

const protocol = ['src/machine-client/**/*.test.ts'];

export const scopes: readonly Scope[] = [
  folder('machine-client/policies', 90, protocol),
  folder('machine-client/carry-out', 90, protocol),
  folder('machine-client/rotation', 90, protocol),
  folder('kube/rollout', 90),
  folder('machine-client/status', 80, protocol),
  { name: 'machine-client', files: ['src/machine-client/*.ts'], tests: protocol, floor: 80 },
  folder('runtime', 80, ['src/{runtime,providers}/*.test.ts']),
  { name: 'providers', files: ['src/providers/*.ts'], tests: ['src/providers/**/*.test.ts'], floor: 80 },
  {
    name: 'kube/store',
    files: ['src/kube/{store*,reflector*,initial-events,silence,lease*}.ts'],
    tests: ['src/kube/*.test.ts'],
    floor: 80,
  },
  {
    name: 'controllers/orphans',
    files: ['src/controllers/orphan*.ts'],
    tests: ['src/controllers/*.test.ts'],
    floor: 80,
  },
  {
    name: 'accounts/guards',
    files: ['src/accounts/{*guard*,holds,tally}.ts'],
    tests: ['src/accounts/*.test.ts'],
    floor: 80,
  },
];
