import { wireBehaviours } from '../../upstreams/wire/suite.ts';
import { vaultBehaviours } from '../../upstreams/vault/all-behaviours.ts';
import type { VaultAct } from '../../upstreams/vault/behaviours.ts';
import { sendTo } from '../../upstreams/wire/http.ts';
import type { Rig } from '../../upstreams/wire/rig.ts';
import { startVaultAppRoleSimulator } from './simulator.ts';

/** The simulator is held to what a real Vault is seen to do (test/upstreams/vault): to all of it, nothing is left out. */

/** Each place is a simulator of its own. */
const simulatedRig = async (): Promise<Rig<VaultAct>> => {
  const stack = new AsyncDisposableStack();
  return {
    place: async () => {
      const simulator = stack.use(await startVaultAppRoleSimulator());
      const { token } = simulator.credentials;
      const tokens: Readonly<Record<string, string | undefined>> = {
        operator: token,
        // Its one management token may what its switch says, while this one is asked with.
        'secret-ids-only': token,
        root: token,
        forged: 'hvs.forged',
        nobody: undefined,
      };
      return {
        words: () => ({ mount: simulator.mountPath }),
        send: async (asked) => {
          const own = Object.hasOwn(tokens, asked.as) ? tokens[asked.as] : asked.as;
          simulator.setSwitches({ rights: asked.as === 'secret-ids-only' ? 'secret-ids' : 'all' });
          return await sendTo(simulator.url, asked, own === undefined ? {} : { 'x-vault-token': own });
        },
        act: async (deed) => simulator.setSwitches({ sealed: deed === 'seal' }),
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

wireBehaviours(vaultBehaviours, simulatedRig);
