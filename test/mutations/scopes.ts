/** What is mutated, and how much of it must be noticed. */
export interface Scope {
  readonly name: string;
  /** Globs, from the root of the project. */
  readonly files: readonly string[];
  /** In percent of the mutations that are not equivalent. */
  readonly floor: number;
}

const folder = (path: string, floor: number): Scope => ({
  name: path,
  files: [`src/${path}/**/*.ts`],
  floor,
});

const protocol = ['policies', 'carry-out', 'rotation'];

export const scopes: readonly Scope[] = [
  ...protocol.map((name) => folder(`machine-client/${name}`, 90)),
  folder('kube/rollout', 90),
  folder('machine-client/status', 80),
  { name: 'machine-client', files: ['src/machine-client/*.ts'], floor: 80 },
  folder('runtime', 80),
  { name: 'providers', files: ['src/providers/*.ts'], floor: 80 },
  { name: 'kube/store', files: ['src/kube/{store*,reflector*,lease*}.ts'], floor: 80 },
  { name: 'controllers/orphans', files: ['src/controllers/orphan*.ts'], floor: 80 },
  { name: 'accounts/guards', files: ['src/accounts/{*guard*,holds,tally}.ts'], floor: 80 },
];
