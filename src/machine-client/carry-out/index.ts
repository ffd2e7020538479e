import type { Connected } from '../../providers/connected.ts';
import type { Effect } from '../plan.ts';
import type { Pass } from '../pass.ts';
import type { Step } from '../step.ts';
import { positional, releaseClient, removeClient, retire, update } from './client.ts';
import { finish, letGo, takeFinalizer } from './finish.ts';
import { create } from './create.ts';
import { issue } from './issue.ts';
import { mint } from './mint.ts';
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
export const carryOut = (pass: Pass, connected: Connected | undefined, plan: Effect): Promise<Step> => {
  switch (plan.kind) {
    case 'give-up-operation':
      return giveUpOperation(pass, plan);
    case 'remove-secret':
      return removeSecret(pass, plan);
    case 'take-finalizer':
      return takeFinalizer(pass);
    case 'restart':
      return restart(pass, plan);
    case 'finish':
      return finish(pass, plan);
    case 'let-go':
      return letGo(pass, plan);
    default:
      // `decide` plans these only with a provider that is ready; it may have gone since.
      return connected ? carryOutUpstream(pass, connected, plan) : Promise.resolve({ kind: 'stale' });
  }
};

const carryOutUpstream = (
  pass: Pass,
  connected: Connected,
  plan: Exclude<
    Effect,
    { kind: 'give-up-operation' | 'remove-secret' | 'take-finalizer' | 'restart' | 'finish' | 'let-go' }
  >,
): Promise<Step> => {
  switch (plan.kind) {
    case 'create':
      return create(pass, connected, plan);
    case 'mint':
      return mint(pass, connected, plan);
    case 'promote':
    case 'cancel':
      return positional(pass, connected, plan);
    case 'issue':
      return issue(pass, connected);
    case 'retire':
      return retire(pass, connected, plan);
    case 'update':
      return update(pass, connected, plan);
    case 'remove-client':
      return removeClient(pass, connected, plan);
    case 'release-client':
      return releaseClient(pass, connected, plan);
    case 'publish-stored':
      return publishStored(pass, connected, plan);
    case 'publish-import':
      return publishImport(pass, connected, plan);
    case 'adopt-secret':
      return adoptSecret(pass, connected, plan);
    case 'sign-again':
      return signAgain(pass, connected, plan);
    case 'prove':
      return prove(pass, connected, plan);
  }
};
