/** Named here, so that the bundle keeps this class of client-node and drops its 15 MB of API models. */
export { KubeConfig } from '@kubernetes/client-node';
