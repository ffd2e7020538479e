import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Asks, ProviderModule } from './module.ts';
import type { Account, Refusal, UpstreamClient, Wish } from './provider.ts';
import { moduleOf, registry } from './registry.ts';

const modules: readonly ProviderModule[] = Object.values(registry);

/** At most one member is set, so at most one provider has an answer. */
const firstAnswer = <T>(ask: (asks: Asks) => T | undefined): T | undefined => {
  for (const { asks } of modules) {
    const answer = ask(asks);
    if (answer !== undefined) return answer;
  }
  return undefined;
};

/** See `Asks`. */
export const organizationIdOf = (spec: MachineClientSpec): string | undefined =>
  firstAnswer((asks) => asks.organizationId?.(spec));
export const importSecretRefOf = (spec: MachineClientSpec) =>
  firstAnswer((asks) => asks.importSecretRef?.(spec));
export const impersonationOf = (spec: MachineClientSpec): string | undefined =>
  firstAnswer((asks) => asks.impersonation?.(spec));
export const closedFieldsOf = (spec: MachineClientSpec): Readonly<Record<string, unknown>> =>
  Object.fromEntries(modules.flatMap(({ asks }) => Object.entries(asks.closed?.(spec) ?? {})));

/** Of the wish as a whole: a member that is another provider's, and then what the provider itself says. */
export const refuseWish = (account: Account, wish: Wish, client?: UpstreamClient): Refusal | undefined => {
  const own = moduleOf(account.type)?.schema.member;
  const { spec } = wish;
  const foreign = modules
    .map(({ schema }) => schema.member as keyof MachineClientSpec)
    .find((member) => member !== own && spec[member] !== undefined);
  return foreign === undefined
    ? account.refuse(wish, client)
    : {
        reason: 'FieldNotSupported',
        message: `spec.${foreign} means nothing to ${account.type}; remove it`,
      };
};
