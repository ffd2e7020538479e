import { type RawAnswer, rawRequest } from '../../simulators/raw-client.ts';
import type { Asked } from './rig.ts';

/** Sends what a behaviour asks, with these headers for whom it is asked as. */
export const sendTo = (
  url: string,
  { method, path, body, contentType }: Asked,
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> =>
  rawRequest(url + path, {
    method: method as 'GET',
    headers: { ...headers, ...(contentType && { 'content-type': contentType }) },
    ...(body !== undefined && { text: body }),
  });
