import type { Run } from './run.ts';

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands after it; left out: it stands alone. */
  readonly value?: string;
  readonly description: string;
}

export interface Command {
  readonly takesName: 'no' | 'optional' | 'required';
  readonly summary: string;
  /** What it does, in sentences, for its own help. */
  readonly details: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  /** Loaded when it is run: nobody pays for the other commands. */
  readonly load: () => Promise<(run: Run) => Promise<number>>;
}

export const globalFlags: readonly Flag[] = [
  { name: 'namespace', short: 'n', value: 'NAMESPACE', description: 'Default: the one of the context.' },
  { name: 'output', short: 'o', value: 'text|json', description: 'What is printed (default text).' },
  { name: 'kubeconfig', value: 'FILE', description: 'Default: $KUBECONFIG, then ~/.kube/config.' },
  { name: 'context', value: 'NAME', description: 'A context of the kubeconfig (default: its current one).' },
  { name: 'help', short: 'h', description: 'This text.' },
  { name: 'version', description: 'The version of this plugin.' },
];

const allNamespaces: Flag = { name: 'all-namespaces', short: 'A', description: 'All namespaces.' };

const table = {
  status: {
    takesName: 'optional',
    summary: 'What a MachineClient is made of, and what it waits for.',
    details: `With a NAME: a tree of the provider object, the client there, its credentials, the Secret, the workloads of
spec.restart, and what is waited for. Without: every MachineClient on one line, those with something to do first.
Of Secrets only the metadata is read, and it may be missing: who may not read Secrets sees the rest.`,
    flags: [allNamespaces],
    examples: ['status -n payments billing-worker', 'status -A'],
    load: async () => (await import('./commands/status.ts')).status,
  },
  rotate: {
    takesName: 'required',
    summary: 'Ask for a new credential.',
    details: `Sets the annotation machine-client.dev/rotate-requested to a new token. The old credential works on until
the overlap has passed and the workloads of spec.restart have rolled out.
With --wait it ends when the new credential is in the Secret, and says what remains. It looks once a second.`,
    flags: [
      { name: 'wait', description: 'Until the new credential is published.' },
      { name: 'timeout', value: 'DURATION', description: 'The longest wait, for example 90s (default 5m).' },
    ],
    examples: ['rotate billing-worker', 'rotate billing-worker --wait --timeout 10m'],
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  'revoke-previous': {
    takesName: 'required',
    summary: 'Retire the old credential now, without waiting for the overlap.',
    details: `Sets the annotation machine-client.dev/revoke-previous to the present version of the Secret. Workloads of
spec.restart are restarted first, and not waited for: WHO STILL HOLDS THE OLD CREDENTIAL IS CUT OFF.
It counts for this version alone: a later rotation has its whole overlap again. Where no old credential lives, nothing
is written.`,
    flags: [],
    examples: ['revoke-previous billing-worker'],
    load: async () => (await import('./commands/revoke-previous.ts')).revokePrevious,
  },
  adopt: {
    takesName: 'required',
    summary: 'Take over a client that exists at the provider.',
    details: `Adoption is no action but part of the spec: spec.clientId names the client, and adoptionPolicy: Existing
allows to take it. So this makes the MachineClient NAME with these two; or, where NAME exists and waits with
AdoptionNotAllowed, sets adoptionPolicy: Existing on it. The provider object must allow it too
(clientPolicy.adoption: Allow), which is for its owner to say, and is only looked at here.
Both deletion policies are Retain: what was there before stays when the MachineClient goes. Nothing is rotated when
--secret names a Secret whose credential works; it is kept, and the operator's keys are added to it.`,
    flags: [
      { name: 'client-id', value: 'ID', description: 'The client, where NAME does not exist yet.' },
      { name: 'provider', value: 'NAME', description: 'Its provider object.' },
      { name: 'cluster-provider', value: 'NAME', description: 'Or a ClusterIdentityProvider.' },
      { name: 'organization', value: 'ID', description: 'Scalekit: the organization of the client.' },
      { name: 'secret', value: 'NAME', description: 'The Secret with its credential (default: NAME).' },
      { name: 'client-id-key', value: 'KEY', description: 'Where the id stands in it (default client-id).' },
      { name: 'secret-key', value: 'KEY', description: 'Where the secret stands (default client-secret).' },
      { name: 'dry-run', description: 'Ask the API server, and write nothing.' },
    ],
    examples: [
      'adopt legacy-batch --client-id m2m-client-test-1234 --provider stytch --secret legacy',
      'adopt legacy-batch',
    ],
    load: async () => (await import('./commands/adopt.ts')).adopt,
  },
  abandon: {
    takesName: 'required',
    summary: 'Let a deletion leave the client at the provider.',
    details: `Sets the annotation machine-client.dev/abandon-upstream to "true": a deletion does not wait for the
provider any more, and THE CLIENT STAYS THERE WITH CREDENTIALS THAT WORK. It is named in status.orphans of the
provider object. It deletes nothing by itself.
It asks first; where nobody can be asked, it needs --yes.`,
    flags: [{ name: 'yes', short: 'y', description: 'Do not ask.' }],
    examples: ['abandon billing-worker', 'abandon billing-worker --yes'],
    load: async () => (await import('./commands/abandon.ts')).abandon,
  },
  orphans: {
    takesName: 'no',
    summary: 'Clients at the providers that no MachineClient accounts for.',
    details: `Prints status.orphans of the IdentityProviders in the namespace, and of the ClusterIdentityProviders. At
most 20 of each are named there. With orphanPolicy: Delete on the provider object the operator removes them.`,
    flags: [allNamespaces],
    examples: ['orphans', 'orphans -A -o json'],
    load: async () => (await import('./commands/orphans.ts')).orphans,
  },
  doctor: {
    takesName: 'no',
    summary: 'Look for what keeps the operator from working.',
    details: `Looks at the Kubernetes version, the clock, the CRDs, the operator's Deployment, Lease, version and rights,
your own rights, and every provider object. Exit code 1 when something is wrong. What you may not look at is said, and
is no failure.`,
    flags: [
      {
        name: 'operator-namespace',
        value: 'NAMESPACE',
        description: 'Where the operator is (default: looked for, else machine-client-system).',
      },
    ],
    examples: ['doctor', 'doctor -o json'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof table;
export const commandNames = Object.keys(table) as CommandName[];
export const commands: Readonly<Record<CommandName, Command>> = table;
