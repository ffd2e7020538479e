import { findCondition, type Wanted } from '../../api/conditions.ts';
import { secretName } from '../../api/objects.ts';
import type { Reason } from '../../api/reasons.ts';
import { keep, type Picture } from './picture.ts';

export const publishedCondition = ({ facts, published, obstacle, learnt }: Picture): Wanted => {
  const name = secretName(facts.object);
  if (published)
    return {
      type: 'SecretPublished',
      status: 'True',
      reason: 'Published',
      message: `the Secret ${name} holds the credential`,
    };
  const why = obstacle ?? learnt.rest;
  return { type: 'SecretPublished', status: 'False', reason: why.reason, message: why.message };
};

export const verifiedCondition = ({ facts, learnt }: Picture): readonly Wanted[] => {
  const { secret, object } = facts;
  if (!secret) return [];
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'CredentialVerified',
    status,
    reason,
    message,
  });
  if (learnt.proof?.operation === secret.operation)
    return [
      learnt.proof.ok
        ? is('True', 'Verified', 'the token endpoint gave a token')
        : is('False', 'CredentialRefused', learnt.proof.message),
    ];
  const unproven = is('Unknown', 'Idle', 'no token was asked for with this credential yet');
  return [
    object.status.operation === secret.operation
      ? keep(findCondition(object.status.conditions, 'CredentialVerified'), unproven)
      : unproven,
  ];
};
