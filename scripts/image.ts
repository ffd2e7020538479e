/**
 * `npm run image`: builds the container image with docker, podman or buildah, whichever is there, or with the one that
 * `-- --engine=NAME` says. What else follows `--` goes to it as it is: `npm run image -- --build-arg NODE_IMAGE=…`,
 * `-- --tag registry.example.com/mco:1`, `-- --target simulator` (the simulated providers of examples/try).
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

/** How each is asked whether it can build here: docker without its daemon is a client only. */
const engines = [
  { command: 'docker', probe: ['info'] },
  { command: 'podman', probe: ['info'] },
  { command: 'buildah', probe: ['version'] },
] as const;

const run = (command: string, args: readonly string[], stdio: 'ignore' | 'inherit'): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });

/** The names that `--tag NAME`, `--tag=NAME` and `-t NAME` give. */
const ownTags = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => {
    const [found, name = args[index + 1] ?? ''] = /^(?:-t|--tag)(?:=(.*))?$/.exec(arg) ?? [];
    return found === undefined ? [] : [name];
  });

/**
 * What a kubelet takes a name without a registry for. Docker gives it by itself; podman and buildah would put `localhost/`
 * before the name, and then nothing that names the image would find it.
 */
const registry = 'docker.io/library';

const build = async (given: readonly string[]): Promise<boolean> => {
  const wanted = given.find((arg) => arg.startsWith('--engine='))?.slice('--engine='.length);
  const args = given.filter((arg) => !arg.startsWith('--engine='));
  const isSimulator = /(^| )--target[= ]simulator( |$)/.test(args.join(' '));
  const image = `${registry}/${isSimulator ? 'machine-client-simulator' : name}:${version}`;
  const own = ownTags(args);
  const tags = own.length > 0 ? [] : ['--tag', image];
  for (const { command, probe } of engines) {
    if (wanted !== undefined && wanted !== command) continue;
    if (!(await run(command, probe, 'ignore'))) continue;
    console.error(`building ${own.join(', ') || image} with ${command}`);
    return await run(command, ['build', ...tags, ...args, '.'], 'inherit');
  }
  const names = wanted ?? engines.map(({ command }) => command).join(', ');
  console.error(`cannot build here: none of ${names} answers; install one of them`);
  return false;
};

if (!(await build(process.argv.slice(2)))) process.exitCode = 1;
