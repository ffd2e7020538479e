import type { IncomingHttpHeaders } from 'node:http';
import type { Reply, Route } from './provider.ts';
import type { ServerSwitches } from './switches.ts';

/** A gateway in front of the provider: its API lies below `pathPrefix`, and `header` lets a caller in. */
export interface Gateway {
  /** `/stytch`, or empty. */
  readonly pathPrefix: string;
  readonly header: { readonly name: string; readonly value: string } | undefined;
}

export const gatewayOf = (options: {
  readonly pathPrefix?: string | undefined;
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
}): Gateway => {
  const trimmed = (options.pathPrefix ?? '').replace(/^\/+|\/+$/g, '');
  return { pathPrefix: trimmed === '' ? '' : `/${trimmed}`, header: options.gatewayHeader };
};

/** The path as the provider sees it, or undefined when it is not below the prefix. */
export const withoutPrefix = (gateway: Gateway, path: string): string | undefined => {
  if (!path.startsWith(`${gateway.pathPrefix}/`)) return undefined;
  return path.slice(gateway.pathPrefix.length);
};

/** Errors of the gateway itself are not in the provider's shape. */
const refusal = (status: number, message: string): Reply => ({ status, body: { message } });

/** Lets the call pass, and says whether the gateway logs in for the caller, or refuses it. */
export const passGateway = (
  gateway: Gateway,
  switches: ServerSwitches,
  call: { readonly access: Route['access']; readonly headers: IncomingHttpHeaders },
): { readonly refused?: Reply; readonly vouchedFor: boolean } => {
  const { header } = gateway;
  if (header === undefined) return { vouchedFor: false };
  const isManagement = call.access === 'management';
  const isGuarded = isManagement || switches.gatewayGuardsPublicRoutes;
  if (isGuarded && call.headers[header.name.toLowerCase()] !== header.value) {
    return { refused: refusal(401, 'gateway key missing or wrong'), vouchedFor: false };
  }
  if (!isManagement || switches.gatewayAuthorization === 'pass') return { vouchedFor: false };
  if (switches.gatewayAuthorization === 'refuse' && call.headers.authorization !== undefined) {
    return { refused: refusal(400, 'the gateway sets Authorization itself'), vouchedFor: false };
  }
  return { vouchedFor: true };
};
