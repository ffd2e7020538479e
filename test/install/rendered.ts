import type { Manifest } from '../helpers/installed.ts';

export const only = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

/** What tests look at in the Deployment. */
export const deploymentOf = (manifests: readonly Manifest[]) => {
  const [deployment] = only(manifests, 'Deployment');
  return deployment as unknown as {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly replicas: number;
      readonly strategy: object;
      readonly selector: { readonly matchLabels: Record<string, string> };
      readonly template: {
        readonly metadata: {
          readonly labels: Record<string, string>;
          readonly annotations: Record<string, string>;
        };
        readonly spec: {
          readonly dnsPolicy?: string;
          readonly containers: readonly [
            {
              readonly image: string;
              readonly args: readonly string[];
              readonly env?: readonly object[];
              readonly livenessProbe?: object;
            },
          ];
        };
      };
    };
  };
};
