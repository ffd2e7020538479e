import manifest from '../../package.json' with { type: 'json' };

/** Of the operator and of its plugin, which are released together. */
export const version: string = manifest.version;
