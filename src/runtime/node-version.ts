/** What the code is compiled for; the image has it, and `npm ci` brings it along. */
const LEAST_MAJOR = 24;

/**
 * What is wrong with the Node.js that runs this, in one sentence, or undefined. An older one goes well until it meets the
 * first function that it does not have. Whoever asks does so before anything else is loaded.
 */
export const oldNode = (program: string, version: string, executable: string): string | undefined =>
  Number.parseInt(version, 10) >= LEAST_MAJOR
    ? undefined
    : `${program} needs Node.js ${LEAST_MAJOR} or newer, and ${executable} is ${version}; put a newer one first in PATH`;
