import type { MachineClient } from '../api/objects.ts';
import type { Connected } from '../providers/connected.ts';
import { wantedEntries } from './layout.ts';
import type { Surroundings } from './render.ts';
import type { SecretView } from './secret-view.ts';

/** What the account says of what stands in the Secret. */
export const surroundings = (
  { object, secret }: { readonly object: MachineClient; readonly secret: SecretView | undefined },
  { account }: Connected,
): Surroundings => ({
  tokenUrl: account.tokenUrl,
  issuer: account.issuer,
  providerType: account.type,
  entries: wantedEntries(object.spec, account, secret?.layout),
});
