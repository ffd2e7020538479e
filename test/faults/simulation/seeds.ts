import { providerNames, type ProviderName } from './upstreams/upstream.ts';

/** What decides a schedule and all of its chance: written as `4031` (Stytch) or `scalekit-4031`. */
export interface Seed {
  readonly provider: ProviderName;
  readonly number: number;
}

const isProvider = (text: string): text is ProviderName =>
  (providerNames as readonly string[]).includes(text);

export const providerOf = (text: string): ProviderName => {
  if (!isProvider(text)) throw new RangeError(`${text} is none of ${providerNames.join(', ')}`);
  return text;
};

export const formatSeed = ({ provider, number }: Seed): string =>
  provider === 'stytch' ? String(number) : `${provider}-${number}`;

export const parseSeed = (text: string): Seed => {
  const [, provider = 'stytch', digits] = /^(?:([a-z]+)-)?(\d+)$/.exec(text) ?? [];
  if (digits === undefined) throw new RangeError(`a seed is 4031 or scalekit-4031, not ${text}`);
  return { provider: providerOf(provider), number: Number(digits) };
};

/** Of two thousand: by what each may still find, and by what it costs. */
const shares: readonly (readonly [provider: ProviderName, share: number])[] = [
  ['scalekit', 0.25],
  ['authress', 0.125],
  ['plastiq', 0.075],
  ['vaultapprole', 0.05],
  ['keycloak', 0.05],
  ['keycloaksecrets', 0.05],
];

const row = (provider: ProviderName, from: number, count: number): readonly Seed[] =>
  Array.from({ length: count }, (_, index) => ({ provider, number: from + index }));

/** So many seeds, of one provider or of all in their shares; each of them counts from `from`. */
export const seedsFrom = (
  from: number,
  count: number,
  provider: ProviderName | undefined,
): readonly Seed[] => {
  if (provider) return row(provider, from, count);
  const others = shares.flatMap(([name, share]) => row(name, from, Math.floor(count * share)));
  return [...row('stytch', from, count - others.length), ...others];
};
