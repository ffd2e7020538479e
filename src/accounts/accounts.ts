import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import type { ProviderView } from '../machine-client/observe.ts';
import type { Limits } from '../runtime/request-limits.ts';
import { Access } from './access.ts';
import { Counting } from './counting.ts';
import { Guards, type GuardsOptions } from './guards.ts';
import { changeOf, massChangeOf } from './holds.ts';
import { formerOrganizations, orphansOf } from './provider-report.ts';
import { AccountRegistry, type RegistryOptions } from './registry.ts';
import { Serving } from './serving.ts';
import { viewOf } from './view.ts';

export type AccountsOptions = Omit<RegistryOptions, 'serving'> &
  Omit<GuardsOptions, 'registry' | 'serving' | 'counting'>;

/** What the status of a provider object says of its account. */
export interface Report extends ReturnType<typeof massChangeOf> {
  readonly orphans: readonly string[] | undefined;
  readonly former: readonly string[] | undefined;
  /** The budget of the account as it is in force; undefined: it is not in use. */
  readonly limits: Limits | undefined;
}

/** The accounts in use, and what the objects of the cluster may know of them. */
export interface Accounts {
  readonly serving: Serving;
  readonly registry: AccountRegistry;
  readonly access: Access;
  readonly guards: Guards;
  /** A pass begins with this object: what it is about is listed from now on, and what it has lost is counted. */
  begin(object: MachineClient): void;
  view(object: MachineClient): ProviderView;
  /** Its provider object, and what that logs in with, are there for as long as anything depends on them. */
  stays(object: MachineClient): boolean;
  /** Of the provider object with this key. */
  report(key: string): Report;
  close(): Promise<void>;
}

export const makeAccounts = (options: AccountsOptions, signal: AbortSignal): Accounts => {
  const { installation, machineClients, secrets } = options;
  const serving = new Serving(options);
  const registry = new AccountRegistry({ ...options, serving }, signal);
  const access = new Access(serving, registry, installation);
  const counting = new Counting(serving, access, secrets, installation);
  const guards = new Guards({ ...options, registry, serving, counting });
  registry.listen(guards);
  const viewing = { ...options, serving, registry, access, counting };
  return {
    serving,
    registry,
    access,
    guards,
    begin: (object) => {
      const organization = access.organizationOf(object);
      if (organization !== undefined) registry.shared(providerKeyOf(object))?.pool.include(organization);
      guards.begin(objectKey(object));
    },
    view: (object) => viewOf(viewing, object),
    stays: (object) => {
      const provider = serving.provider(providerKeyOf(object));
      return provider !== undefined && registry.keptOf(providerKeyOf(object), provider) === true;
    },
    report: (key) => {
      const shared = registry.shared(key);
      return shared
        ? {
            ...massChangeOf(serving, shared, key),
            orphans: orphansOf(serving, machineClients, shared, key),
            former: formerOrganizations(shared),
            limits: shared.pool.limits,
          }
        : {
            ...changeOf(serving, key),
            orphans: undefined,
            former: undefined,
            limits: undefined,
          };
    },
    close: async () => {
      guards[Symbol.dispose]();
      await registry.close();
    },
  };
};
