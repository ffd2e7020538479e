import type { Connected } from '../../providers/connected.ts';
import type { Effect } from '../plan.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import type { Step } from '../step.ts';
import { positional, releaseClient, removeClient, retire, update } from './client.ts';
import { finish, letGo, takeFinalizer } from './finish.ts';
import { create } from './create.ts';
import { issue } from './issue.ts';
import { mint } from './mint.ts';
import { publishRead } from './publish-read.ts';
import { restart } from './restart.ts';
import {
  adoptSecret,
  giveUpOperation,
  prove,
  publishImport,
  publishStored,
  removeSecret,
  signAgain,
} from './secret.ts';

/** Effects that concern Kubernetes alone; the others need the provider. */
export const carryOut = (
  context: ReconcileContext,
  connected: Connected | undefined,
  plan: Effect,
): Promise<Step> => {
  switch (plan.kind) {
    case 'give-up-operation':
      return giveUpOperation(context, plan);
    case 'remove-secret':
      return removeSecret(context, plan);
    case 'take-finalizer':
      return takeFinalizer(context);
    case 'restart':
      return restart(context, plan);
    case 'finish':
      return finish(context, plan);
    case 'let-go':
      return letGo(context, plan);
    default:
      // `decide` plans these only with a provider that is ready; it may have gone since.
      return connected ? carryOutUpstream(context, connected, plan) : Promise.resolve({ kind: 'stale' });
  }
};

const carryOutUpstream = (
  context: ReconcileContext,
  connected: Connected,
  plan: Exclude<
    Effect,
    { kind: 'give-up-operation' | 'remove-secret' | 'take-finalizer' | 'restart' | 'finish' | 'let-go' }
  >,
): Promise<Step> => {
  switch (plan.kind) {
    case 'create':
      return create(context, connected, plan);
    case 'mint':
      return mint(context, connected, plan);
    case 'promote':
    case 'cancel':
    case 'turn':
    case 'drop':
      return positional(context, connected, plan);
    case 'issue':
      return issue(context, connected);
    case 'retire':
      return retire(context, connected, plan);
    case 'update':
      return update(context, connected, plan);
    case 'remove-client':
      return removeClient(context, connected, plan);
    case 'release-client':
      return releaseClient(context, connected, plan);
    case 'publish-stored':
      return publishStored(context, connected, plan);
    case 'publish-import':
      return publishImport(context, connected, plan);
    case 'publish-read':
      return publishRead(context, connected, plan);
    case 'adopt-secret':
      return adoptSecret(context, connected, plan);
    case 'sign-again':
      return signAgain(context, connected, plan);
    case 'prove':
      return prove(context, connected, plan);
  }
};
