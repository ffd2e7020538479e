import { findCondition, type Wanted } from '../../api/conditions.ts';
import { isUnasked, type Reason } from '../../api/reasons.ts';
import { styleIn } from '../policies/styles.ts';
import { keep, notLooked, type Picture } from './picture.ts';

export const syncedCondition = (picture: Picture): Wanted => {
  const { client, differences, obstacle, learnt, facts } = picture;
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'ClientSynced',
    status,
    reason,
    message,
  });
  if (obstacle && isUnasked(obstacle.reason)) return is('Unknown', obstacle.reason, obstacle.message);
  // A long backoff repeats what was refused: it stays said until it is tried again.
  const old = findCondition(facts.object.status.conditions, 'ClientSynced');
  const repeated =
    old?.status === 'False' && old.reason === obstacle?.reason && old.message === obstacle.message;
  const hasClients = styleIn(facts)?.hasClients !== false;
  const nothingSeen = !client && hasClients;
  if (facts.provider.state === 'ready' && notLooked(picture)) {
    const why = obstacle ?? learnt.rest;
    return keep(old, is('Unknown', why.reason, why.message));
  }
  if (obstacle && (learnt.setback?.side === 'provider' || nothingSeen || repeated))
    return is('False', obstacle.reason, obstacle.message);
  if (facts.provider.state !== 'ready') return is('Unknown', learnt.rest.reason, learnt.rest.message);
  if (!hasClients)
    return is('True', 'Synced', 'this provider has no clients, only secrets that end by themselves');
  if (!client) return is('False', learnt.rest.reason, learnt.rest.message);
  return differences.length === 0
    ? is('True', 'Synced', 'the client is as the spec wants it')
    : is(
        'False',
        learnt.rest.reason === 'Ready' ? 'Updating' : learnt.rest.reason,
        `these fields differ: ${differences.join(', ')}`,
      );
};

export const driftedCondition = (picture: Picture): Wanted => {
  const { facts, differences, learnt } = picture;
  const inSync: Wanted = { type: 'Drifted', status: 'False', reason: 'InSync', message: 'nothing differs' };
  if (notLooked(picture)) {
    const why = picture.obstacle ?? learnt.rest;
    const unknown: Wanted = { type: 'Drifted', status: 'Unknown', reason: why.reason, message: why.message };
    // Before the first list after a start what was seen before it stands; without a provider nobody can say.
    return facts.provider.state === 'ready'
      ? keep(findCondition(facts.object.status.conditions, 'Drifted'), unknown)
      : unknown;
  }
  return differences.length === 0
    ? inSync
    : {
        type: 'Drifted',
        status: 'True',
        reason: learnt.rest.reason === 'WouldChange' ? 'WouldChange' : 'Updating',
        message: `these fields differ at the provider: ${differences.join(', ')}`,
      };
};
