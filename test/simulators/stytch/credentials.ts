import type { IncomingHttpHeaders } from 'node:http';
import type { StytchAccount } from './account.ts';
import { StytchFailure } from './errors.ts';

interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

export const basicCredentials = (headers: IncomingHttpHeaders): BasicCredentials | undefined => {
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
};

/** Throws unless the caller may use the management API. */
export const checkManagementAccess = (
  account: StytchAccount,
  call: { readonly headers: IncomingHttpHeaders; readonly vouchedFor: boolean },
): void => {
  if (account.switches.accountMode === 'unauthorized') throw new StytchFailure('unauthorized_credentials');
  if (account.switches.accountMode === 'forbidden') throw new StytchFailure('forbidden');
  if (call.vouchedFor) return;
  const given = basicCredentials(call.headers);
  if (given === undefined) throw new StytchFailure('unauthorized_credentials');
  const presented = /^project-(live|test)-/.exec(given.user)?.[1];
  if (presented === 'live' && account.environment === 'test') {
    throw new StytchFailure('unauthorized_project_id_live');
  }
  if (presented === 'test' && account.environment === 'live') {
    throw new StytchFailure('unauthorized_project_id_test');
  }
  const { project } = account;
  if (given.user !== project.id || given.password !== project.secret.value) {
    throw new StytchFailure('unauthorized_credentials');
  }
};
