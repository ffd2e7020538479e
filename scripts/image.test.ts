import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
/** As a kubelet reads it. */
const fullName = (image: string): string => `docker.io/library/${image}`;

/** The names of the images that `npm run image` builds with an engine that only notes what it is asked for. */
const builtBy = async (engine: string, ...args: readonly string[]): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-engine-'));
  try {
    const asked = join(folder, 'asked');
    await writeFile(join(folder, engine), `#!/bin/sh\nprintf '%s\\n' "$@" > ${asked}\n`);
    await chmod(join(folder, engine), 0o755);
    const env = { ...process.env, PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` };
    const script = join(root, 'scripts/image.ts');
    await promisify(execFile)(process.execPath, [script, `--engine=${engine}`, ...args], { env });
    const words = (await readFile(asked, 'utf8')).split('\n');
    return words.filter((_, index) => words[index - 1] === '--tag');
  } finally {
    await rm(folder, { recursive: true });
  }
};

test.each(['docker', 'podman', 'buildah'])(
  '%s gives the image the name by which the chart finds it',
  async (engine) => {
    const { image } = parse(
      await readFile(join(root, 'deploy/charts/machine-client-operator/values.yaml'), 'utf8'),
    ) as { image: { repository: string } };
    const { appVersion } = parse(
      await readFile(join(root, 'deploy/charts/machine-client-operator/Chart.yaml'), 'utf8'),
    ) as { appVersion: string };
    expect(await builtBy(engine)).toEqual([fullName(`${image.repository}:${appVersion}`)]);
  },
);

test.each(['simulator.yaml', 'ask-for-token.yaml'])(
  'the simulator is built under the name that examples/try/%s has',
  async (file) => {
    const text = await readFile(join(root, 'examples/try', file), 'utf8');
    const [, image = ''] = /^ +image: (.*)$/m.exec(text) ?? [];
    expect(await builtBy('podman', '--target', 'simulator')).toEqual([fullName(image)]);
    expect(await builtBy('podman', '--tag', 'example.com/own:1')).toEqual(['example.com/own:1']);
  },
);
