import { existsSync } from 'node:fs';

export const USAGE = `npm run demo [-- ARGUMENTS]

Plays the operator against a real API server and a simulated Stytch, and stays up so that you can go on with kubectl.
Without --kubeconfig it starts an etcd, an API server and a controller manager of its own; the first time they are
built from source with Go 1.26, which takes about five minutes.

  --once              plays everything once, with a rotation and a kill, and ends: exit code 0, or 1 and the reason
  --kubeconfig FILE   a cluster that runs already, as its administrator; in namespaces of its own, removed at the end
  --help

Keys: k kills the operator in the middle of a creation, r rotates while tokens are taken, q ends and cleans up.
`;

export interface Arguments {
  readonly once: boolean;
  readonly help: boolean;
  readonly kubeconfig: string | undefined;
}

/** What a person got wrong on the command line. */
export class UsageError extends Error {}

/** @throws UsageError of one line. */
export const readArguments = (given: readonly string[]): Arguments => {
  let once = false;
  let help = false;
  let kubeconfig: string | undefined;
  const rest = [...given];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [name = '', ...value] = argument.split('=');
    if (argument === '--once') once = true;
    else if (argument === '--help' || argument === '-h') help = true;
    else if (name === '--kubeconfig') kubeconfig = value.length > 0 ? value.join('=') : (rest.shift() ?? '');
    else throw new UsageError(`unknown argument ${argument}; there are --once, --kubeconfig FILE and --help`);
  }
  if (kubeconfig === '') throw new UsageError('--kubeconfig needs the path of a file');
  if (kubeconfig !== undefined && !existsSync(kubeconfig))
    throw new UsageError(`--kubeconfig ${kubeconfig}: there is no such file`);
  return { once, help, kubeconfig };
};
