import { bundlePrograms } from './programs.ts';

/** For test projects that start the operator or the plugin: both from the bundle that ships. */
export default bundlePrograms;
