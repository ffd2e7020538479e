import type { Operation } from '../../../src/api/operation.ts';
import type { UpstreamWrite } from './upstreams/upstream.ts';

/** The write that a fence stands for; undefined: none upstream. */
export const fencedAs = (operation: Operation): UpstreamWrite | undefined => {
  switch (operation.kind) {
    case 'release':
      return 'update';
    // A credential, or a whole client.
    case 'delete':
      return operation.suffix === undefined ? 'delete' : 'retire';
    case 'publish':
      return undefined;
    default:
      return operation.kind;
  }
};

/** One more credential beside one that there was, as far as the kind says. */
export const isMint = ({ kind }: Operation): boolean => ['start', 'mint', 'stage', 'issue'].includes(kind);

/** What was published may stop working by it. */
export const retires = (operation: Operation): boolean =>
  ['promote', 'retire', 'drop', 'delete'].includes(fencedAs(operation) ?? '');
