import type { Operation } from '../../../src/machine-client/operation.ts';
import type { WireRequest } from './exchange.ts';

/** What a request to the provider changes there, read off its method and path. */
export type UpstreamWrite = 'create' | 'start' | 'promote' | 'cancel' | 'update' | 'delete';

export const upstreamWrite = ({ method, path }: WireRequest): UpstreamWrite | undefined => {
  if (path.endsWith('/secrets/rotate/start')) return 'start';
  if (path.endsWith('/secrets/rotate/cancel')) return 'cancel';
  if (path.endsWith('/secrets/rotate')) return 'promote';
  if (method === 'PUT') return 'update';
  if (method === 'DELETE') return 'delete';
  return method === 'POST' && path.endsWith('/m2m/clients') ? 'create' : undefined;
};

/** The write that a fence stands for; undefined: none upstream, or none of this provider. */
export const fencedAs = (operation: Operation): UpstreamWrite | undefined => {
  switch (operation.kind) {
    case 'create':
    case 'start':
    case 'promote':
    case 'cancel':
    case 'update':
    case 'delete':
      return operation.kind;
    case 'release':
      return 'update';
    case 'mint':
    case 'issue':
    case 'publish':
      return undefined;
  }
};

/** The client that it is about, or that it makes. */
export const clientIdOf = ({ path, body }: WireRequest): string => {
  const id = /\/m2m\/clients\/([^/?]+)/.exec(path)?.[1];
  if (id !== undefined) return decodeURIComponent(id);
  return (JSON.parse(body ?? '{}') as { client_id?: string }).client_id ?? '';
};
