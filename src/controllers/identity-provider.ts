import { finalizers } from '../api/group.ts';
import { resourceOfProvider, type MachineClient, type Provider } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import type { KubeClient } from '../kube/client.ts';
import { inFull, isConflict, isNotFound, KubeError } from '../kube/errors.ts';
import type { ObjectMeta } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { statusPatch } from '../machine-client/status/status.ts';
import type { ProviderModule } from '../providers/module.ts';
import { moduleOf } from '../providers/registry.ts';
import { refuseProxyUrl, refuseUrl, type UrlPolicy } from '../providers/url-policy.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  isInUse,
  parseCredentialKey,
  type CredentialFinalizer,
  type Unseen,
} from './credential-finalizer.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { done, type Next } from '../runtime/next.ts';
import type { OwnTokens } from './own-tokens.ts';
import { providerStatusOf, type Verdict } from './provider-status.ts';
import { MissingReference, referencesOf, resolveReferences, type Resolved } from './references.ts';

export interface IdentityProviderOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly machineClients: Store<MachineClient>;
  readonly unseen: Unseen;
  readonly stores: Readonly<Record<Provider['kind'], Store<Provider>>>;
  readonly credentials: CredentialFinalizer;
  readonly urlPolicy: UrlPolicy;
  readonly tokens: OwnTokens;
  /** Where the references of cluster providers point. */
  readonly operatorNamespace: string;
  readonly scale: (ms: number) => number;
  readonly event: (provider: Provider, type: 'Normal' | 'Warning', reason: Reason, note: string) => void;
}

/** What was read of a provider's references, and for which generation. */
interface Known {
  readonly generation: number;
  readonly references: ReadonlySet<string>;
  readonly credential: { readonly namespace: string; readonly name: string } | undefined;
}

const refusal = (reason: Reason, message: string, stalled: boolean, account?: string): Verdict => ({
  ready: false,
  reason,
  message,
  stalled,
  account,
});

/** What a pass learns of the two finalizers, of the provider object and of its login's Secret. */
interface Held {
  readonly refusals: KubeError[];
  /** The Secret stays, or there is none, or it cannot be held. */
  credential: boolean | 'leaving';
}

/**
 * A finalizer that the API server does not take keeps nobody from being served: it is said in the status, and tried
 * again. A conflict, or an API server that does not answer, ends the pass.
 */
const heard =
  ({ refusals }: Held) =>
  (error: unknown): 'refused' => {
    if (!(error instanceof KubeError) || error.status === 0 || isConflict(error) || isNotFound(error))
      throw error;
    refusals.push(error);
    return 'refused';
  };

const orphanNote = (count: number, sample: readonly string[], removed: boolean): string => {
  const named = [...sample.slice(0, 3), ...(count > 3 ? ['…'] : [])].join(', ');
  const then = removed ? 'spec.orphanPolicy removes them' : 'they stay until spec.orphanPolicy says Delete';
  return `${count} of our clients have no MachineClient: ${named}; ${then}`;
};

/**
 * One provider object: reads what it refers to, connects it, and says in its status whether clients can be made. It
 * is done again when the object, something that it refers to, its users, or the state of the account changes.
 */
export class IdentityProviderController {
  readonly #options: IdentityProviderOptions;
  readonly #known = new Map<string, Known>();
  /** References must be read again: one of them has changed, or the account has refused the login. */
  readonly #dirty = new Set<string>();
  #refusedLogin = new Set<string>();

  constructor(options: IdentityProviderOptions) {
    this.#options = options;
  }

  /** Keys of the provider objects that refer to this object; they are to be read anew. */
  referenceChanged(reference: string): readonly string[] {
    const keys = [...this.#known].filter(([, known]) => known.references.has(reference)).map(([key]) => key);
    for (const key of keys) this.#dirty.add(key);
    return keys;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Next> {
    const { credentials } = this.#options;
    const ref = parseCredentialKey(key);
    const againMs = ref ? (await credentials.settle(ref, signal)).againMs : await this.#provider(key, signal);
    return againMs === undefined ? done : { kind: 'after', ms: againMs };
  }

  async #provider(key: string, signal: AbortSignal): Promise<undefined> {
    const { serving, registry, access } = this.#options.accounts;
    const provider = serving.provider(key);
    if (!provider) {
      this.#known.delete(key);
      registry.forget(key);
      return;
    }
    const { machineClients, unseen } = this.#options;
    const inUse = isInUse(machineClients, unseen, provider, (user) => access.mayRemove(user));
    // Nobody new begins with a provider that may be gone a moment later.
    if (!inUse) registry.keep(key, provider.uid, false);
    // It goes with the last user of a provider that is being deleted: so its credential is let go before.
    if (provider.deleting && !inUse) await this.#settleCredential(key, signal);
    const held: Held = { refusals: [], credential: false };
    const holding = await this.#hold(provider, inUse, signal).catch(heard(held));
    const current = holding === 'refused' ? provider : holding;
    if (!current) return;
    const verdict = await this.#connect(key, current, held, signal);
    if (inUse) registry.keep(key, current.uid, current.deleting ? 'leaving' : held.credential);
    const [first] = held.refusals;
    if (verdict)
      await this.#writeStatus(key, current, { ...verdict, refused: first && inFull(first) }, signal);
    // It is tried again, with growing distance.
    if (first) throw first;
  }

  /** The finalizer on the provider itself. Undefined: it was the last thing that kept it. */
  async #hold(provider: Provider, inUse: boolean, signal: AbortSignal): Promise<Provider | undefined> {
    const held = provider.finalizers.includes(finalizers.inUse);
    if (held === inUse || (!held && provider.deleting)) return provider;
    const wanted = inUse
      ? [...provider.finalizers, finalizers.inUse]
      : provider.finalizers.filter((name) => name !== finalizers.inUse);
    const body = {
      metadata: { uid: provider.uid, resourceVersion: provider.resourceVersion, finalizers: wanted },
    };
    const next = await this.#patch(provider, body, undefined, signal);
    return provider.deleting && !inUse ? undefined : next;
  }

  async #connect(
    key: string,
    provider: Provider,
    held: Held,
    signal: AbortSignal,
  ): Promise<Verdict | undefined> {
    const { accounts, operatorNamespace } = this.#options;
    const { registry } = accounts;
    const { spec } = provider;
    if (!spec)
      return this.#refuse(
        key,
        refusal(
          'InvalidSpec',
          `the spec does not have the form of its schema: ${provider.invalid ?? ''}`,
          true,
        ),
      );
    const module = moduleOf(spec.type);
    if (!module)
      return this.#refuse(
        key,
        refusal('FieldNotSupported', `this version cannot work with providers of type ${spec.type}`, true),
      );
    const { accountId, baseUrl, tokenAudience } = module.describe(spec);
    const { proxyUrl } = spec.connection;
    const { urlPolicy, tokens } = this.#options;
    const checks = [
      [baseUrl, refuseUrl(baseUrl, urlPolicy)],
      [proxyUrl, proxyUrl === undefined ? undefined : refuseProxyUrl(proxyUrl, urlPolicy)],
    ] as const;
    for (const [url, why] of checks)
      if (why !== undefined)
        return this.#refuse(key, refusal('UrlNotAllowed', `${url}: ${why}`, true, accountId));
    const noToken = tokenAudience === undefined ? undefined : tokens.refuse(provider, tokenAudience);
    if (noToken !== undefined) return this.#refuse(key, refusal('TokenNotAllowed', noToken, true, accountId));
    const namespace = provider.namespace === '' ? operatorNamespace : provider.namespace;
    const before = this.#known.get(key);
    const trouble = registry.shared(key)?.pool.trouble;
    // The login was refused: somebody may have changed it. Once for each time that the account stops.
    if (trouble?.reason === 'CredentialsInvalid' && !this.#refusedLogin.has(key)) this.#dirty.add(key);
    if (trouble?.reason === 'CredentialsInvalid') this.#refusedLogin.add(key);
    else this.#refusedLogin.delete(key);
    if (before?.generation !== provider.generation || this.#dirty.has(key) || !registry.shared(key)) {
      // Before the read: a change that comes while it is under way makes another one due.
      this.#dirty.delete(key);
      const failure = await this.#resolve(key, provider, spec, module, namespace, signal).catch(
        (error: unknown) => {
          this.#dirty.add(key);
          throw error;
        },
      );
      if (failure) return this.#refuse(key, { ...failure, account: accountId });
    }
    const kept = await this.#settleCredential(key, signal).catch(heard(held));
    held.credential = kept === 'refused' ? true : kept;
    const shared = registry.shared(key);
    if (!shared || shared.pool.starting) return undefined;
    const now = shared.pool.trouble;
    return now
      ? refusal(now.reason, now.message, false, accountId)
      : {
          ready: true,
          reason: 'AccountReachable',
          message: 'the account answers',
          stalled: false,
          account: accountId,
        };
  }

  async #resolve(
    key: string,
    provider: Provider,
    spec: NonNullable<Provider['spec']>,
    module: ProviderModule,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Verdict | undefined> {
    const { kube, urlPolicy, scale, accounts, tokens } = this.#options;
    const { registry } = accounts;
    const { secretKeyRef, tokenAudience } = module.describe(spec);
    // Before the read: a change that comes while it is under way must find the provider here.
    this.#known.set(key, {
      generation: provider.generation,
      references: referencesOf(spec, module, namespace),
      credential: secretKeyRef && { namespace, name: secretKeyRef.name },
    });
    let resolved: Resolved;
    try {
      resolved = await resolveReferences(
        kube,
        provider,
        spec,
        module,
        namespace,
        { allowInsecure: urlPolicy.allowInsecure, scale },
        signal,
      );
    } catch (error) {
      if (error instanceof MissingReference) return refusal('CredentialMissing', error.message, false);
      throw error;
    }
    const before = registry.shared(key);
    // `#connect` has asked whether it may.
    const ownToken = tokenAudience === undefined ? undefined : tokens.for(tokenAudience);
    const shared = registry.join(key, provider, module, { ...resolved, ownToken });
    if (before === shared) shared.pool.probeNow();
    return undefined;
  }

  /** Whether it stays: where there is none, nothing can go. */
  async #settleCredential(key: string, signal: AbortSignal): Promise<boolean | 'leaving'> {
    const ref = this.#known.get(key)?.credential;
    return ref === undefined || (await this.#options.credentials.settle(ref, signal)).kept;
  }

  #refuse(key: string, verdict: Verdict): Verdict {
    this.#options.accounts.registry.refuse(key, verdict.reason, verdict.message);
    return verdict;
  }

  async #writeStatus(key: string, provider: Provider, verdict: Verdict, signal: AbortSignal): Promise<void> {
    const { accounts, clock, event } = this.#options;
    const wanted = providerStatusOf(provider, verdict, accounts.report(key), clock.now());
    const patch = statusPatch(provider.status, wanted);
    if (!patch) return;
    const body = {
      metadata: { uid: provider.uid, resourceVersion: provider.resourceVersion },
      status: patch,
    };
    await this.#patch(provider, body, 'status', signal);
    const before = provider.status.conditions?.find(({ type }) => type === 'Ready');
    if (before?.status !== (verdict.ready ? 'True' : 'False') || before.reason !== verdict.reason)
      event(provider, verdict.ready ? 'Normal' : 'Warning', verdict.reason, verdict.message);
    const { count = 0, sample = [] } = wanted.orphans ?? {};
    if (count > (provider.status.orphans?.count ?? 0))
      event(
        provider,
        'Warning',
        'Orphans',
        orphanNote(count, sample, provider.spec?.orphanPolicy === 'Delete'),
      );
  }

  async #patch(
    provider: Provider,
    body: object,
    subresource: 'status' | undefined,
    signal: AbortSignal,
  ): Promise<Provider> {
    const { kube, stores } = this.#options;
    const ref = { name: provider.name, ...(provider.namespace !== '' && { namespace: provider.namespace }) };
    const raw = await kube.mergePatch<{ metadata: ObjectMeta; status?: Provider['status'] }>(
      resourceOfProvider(provider.kind),
      ref,
      body,
      { subresource, signal },
    );
    const next: Provider = {
      ...provider,
      resourceVersion: raw.metadata.resourceVersion,
      finalizers: raw.metadata.finalizers ?? [],
      ...(raw.status && { status: raw.status }),
    };
    stores[provider.kind].wrote(next);
    return next;
  }
}
