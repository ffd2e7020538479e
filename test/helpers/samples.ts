import type { ProviderModule } from '../../src/providers/module.ts';
import { type ProviderType, providerTypes, registry } from '../../src/providers/registry.ts';
import type { ProviderSample } from '../../src/providers/testing/sample.ts';

export interface Sampled extends ProviderSample {
  readonly type: ProviderType;
  readonly module: ProviderModule;
}

const read = async (type: ProviderType): Promise<Sampled> => {
  const name = type.toLowerCase();
  const found = (await import(`../../src/providers/${name}/testing/sample.ts`)) as {
    readonly sample?: ProviderSample;
  };
  if (!found.sample) throw new Error(`src/providers/${name}/testing/sample.ts must export sample`);
  return { type, module: registry[type], ...found.sample };
};

/** Every provider of the registry, by its name. */
export const samples: readonly Sampled[] = await Promise.all(providerTypes.map(read));
