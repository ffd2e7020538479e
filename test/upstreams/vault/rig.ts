import { sendTo } from '../wire/http.ts';
import type { Rig } from '../wire/rig.ts';
import type { VaultAct } from './behaviours.ts';
import type { VaultServer } from './vault.ts';

/** A real Vault, asked at this address, its own or that of a proxy. Each place is a mount of its own. */
export const realVaultRig = (
  vault: VaultServer,
  url: string,
  end: () => PromiseLike<void> = async () => {},
): Rig<VaultAct> => {
  return {
    place: async () => {
      const { path, operatorToken, secretIdsOnlyToken } = await vault.mount();
      const tokens: Readonly<Record<string, string | undefined>> = {
        operator: operatorToken,
        'secret-ids-only': secretIdsOnlyToken,
        root: vault.rootToken,
        forged: 'hvs.forged',
        nobody: undefined,
      };
      return {
        words: () => ({ mount: path }),
        send: (asked) => {
          // What is none of these names is a token that an earlier step was given.
          const token = Object.hasOwn(tokens, asked.as) ? tokens[asked.as] : asked.as;
          return sendTo(url, asked, token === undefined ? {} : { 'x-vault-token': token });
        },
        act: (deed) => vault[deed](),
      };
    },
    [Symbol.asyncDispose]: end,
  };
};
