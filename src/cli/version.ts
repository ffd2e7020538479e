import manifest from '../../package.json' with { type: 'json' };

/** Plugin and operator are released together, with one version. */
export const version: string = manifest.version;
