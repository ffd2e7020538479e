import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, RegistryError } from './image-digest.ts';

/**
 * `npm run base-images`: asks the registries for the digests of the base images of the Dockerfile, and writes them behind
 * their tags. What is built then cannot change with a tag that somebody moves; to renew the images is to run it again.
 * `-- --check` writes nothing, and ends with 1 when an image has no digest, or its tag another one by now.
 */

const dockerfile = join(import.meta.dirname, '..', 'Dockerfile');
const isCheck = process.argv.includes('--check');

const text = await readFile(dockerfile, 'utf8');
let renewed = text;
for (const [line, name = '', image = ''] of text.matchAll(/^ARG (\w+_IMAGE)=([^\s@]+)(?:@\S+)?$/gm))
  try {
    const wanted = `ARG ${name}=${image}@${await digestOf(image)}`;
    if (wanted === line) console.log(`${image}: as its tag says`);
    else console.log(`${image}: ${isCheck ? 'is not' : 'is now'} ${wanted.slice(wanted.indexOf('@') + 1)}`);
    if (wanted !== line && isCheck) process.exitCode = 1;
    renewed = renewed.replace(line, wanted);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    console.error(`${image}: left as it is: ${error.message}`);
    process.exitCode = 1;
  }
if (!isCheck && renewed !== text) await writeFile(dockerfile, renewed);
