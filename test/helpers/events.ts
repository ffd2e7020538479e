import type { AdminClient } from '../control-plane/admin-client.ts';

/** `Reason: note` of each event about an object of this name. */
export const eventsOf = async (
  admin: AdminClient,
  namespace: string,
  name: string,
): Promise<readonly string[]> => {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events?fieldSelector=regarding.name=${name}`;
  const { body } = await admin.call('GET', path);
  const { items = [] } = body as { items?: readonly { reason: string; note: string }[] };
  return items.map(({ reason, note }) => `${reason}: ${note}`);
};
