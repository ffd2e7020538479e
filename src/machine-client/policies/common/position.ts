import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import type { Style } from '../style.ts';
import { positionalInFlight } from './in-flight.ts';
import type { Row } from './situation.ts';

export const credentialAt = (
  { credentials }: Pick<UpstreamClient, 'credentials'>,
  wanted: NonNullable<UpstreamCredential['position']>,
): UpstreamCredential | undefined => credentials.find(({ position }) => position === wanted);

/** Where they are by position there is one other. */
export const otherOf: Style['former'] = ({ secret }, { credentials }) =>
  credentials.filter(({ id }) => id !== secret?.credentialId);

/** An act of ours by position may still arrive, and acts on whatever is there then. */
export const positionInFlight: Row = ({ facts }) => positionalInFlight(facts);
