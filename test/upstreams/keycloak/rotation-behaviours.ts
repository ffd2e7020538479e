import { expect } from 'vitest';
import type { Behaviour, Request } from '../wire/behaviour.ts';
import { ADMIN, aTime, creation, dead, type KeycloakAct, least, managed, ONE, text, works } from './parts.ts';

const CURRENT_SINCE = 'client.secret.creation.time';
const CURRENT_ENDS = 'client.secret.expiration.time';
const ROTATED = 'client.secret.rotated';
const ROTATED_SINCE = 'client.secret.rotated.creation.time';
const ROTATED_ENDS = 'client.secret.rotated.expiration.time';

const change = (more: object): Request => ({
  ask: `PUT ${ONE}`,
  send: { attributes: {}, ...more },
  answer: 204,
});
const rotated = (secret: string): object => ({
  [ROTATED]: secret,
  [ROTATED_SINCE]: '$now',
  [ROTATED_ENDS]: '$far',
});
const stage = change({ attributes: rotated('second') });
const turn = change({ secret: 'second', attributes: rotated('first-secret-of-one') });
const regenerate: Request = {
  ask: `POST ${ONE}/client-secret`,
  answer: 200,
  holds: { type: 'secret', value: text },
};

/** Which secret stands where. */
const slots = (current: string, other: string | undefined): Request => ({
  ask: `GET ${ONE}`,
  answer: 200,
  holds: { secret: current, attributes: other === undefined ? {} : { [ROTATED]: other } },
  ...(other === undefined && { lacks: { in: ['attributes'], names: [ROTATED] } }),
});

export const rotationBehaviours: readonly Behaviour<KeycloakAct>[] = [
  {
    name: 'the policy is bound to clients with our attribute, which shows at once, and to no other',
    place: 'bound',
    steps: [
      creation('one', managed),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: { attributes: { [CURRENT_ENDS]: aTime } },
      },
      creation('foreign'),
      {
        ask: `GET ${ADMIN}/clients/id-$own-foreign`,
        answer: 200,
        lacks: { in: ['attributes'], names: [CURRENT_ENDS] },
      },
      { ...regenerate, ask: `POST ${ADMIN}/clients/id-$own-foreign/client-secret` },
      dead('first-secret-of-foreign', '$own-foreign'),
    ],
  },
  {
    name: 'the policy is not for an operator to change',
    steps: [
      { ask: `PUT ${ADMIN}/client-policies/policies`, send: { policies: [] }, answer: 403 },
      { ask: `PUT ${ADMIN}/client-policies/profiles`, send: { profiles: [] }, answer: 403 },
    ],
  },
  {
    name: 'under the policy, a new secret leaves the old one rotated, and a second one ends it at once',
    place: 'bound',
    steps: [
      creation('one', managed),
      { ...regenerate, keep: { second: ['value'] } },
      slots('$second', 'first-secret-of-one'),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: {
          attributes: {
            [ROTATED_SINCE]: aTime,
            [ROTATED_ENDS]: aTime,
          },
        },
      },
      {
        ask: `GET ${ONE}/client-secret/rotated`,
        answer: 200,
        holds: { type: 'secret', value: 'first-secret-of-one' },
      },
      works('first-secret-of-one'),
      works('$second'),
      { ...regenerate, keep: { third: ['value'] } },
      dead('first-secret-of-one'),
      works('$second'),
      works('$third'),
    ],
  },
  {
    name: 'staged, proven, turned, dropped: every step may be repeated',
    place: 'bound',
    steps: [
      creation('one', managed),
      stage,
      stage,
      slots('first-secret-of-one', 'second'),
      works('first-secret-of-one'),
      works('second'),
      turn,
      slots('second', 'first-secret-of-one'),
      turn,
      slots('second', 'first-secret-of-one'),
      change({ description: 'other' }),
      works('first-secret-of-one'),
      works('second'),
      { ask: `DELETE ${ONE}/client-secret/rotated`, answer: 204 },
      dead('first-secret-of-one'),
      works('second'),
      { ask: `DELETE ${ONE}/client-secret/rotated`, answer: 204 },
      works('second'),
    ],
  },
  {
    name: 'promoted in one write, the old secret is dead and the new one current',
    place: 'bound',
    steps: [
      creation('one', managed),
      stage,
      change({
        secret: 'second',
        attributes: {
          'client.secret.creation.time': '$now',
          [CURRENT_ENDS]: '$far',
          [ROTATED]: '',
          [ROTATED_SINCE]: '',
          [ROTATED_ENDS]: '',
        },
      }),
      slots('second', undefined),
      dead('first-secret-of-one'),
      works('second'),
      { ask: `GET ${ONE}`, answer: 200, holds: { attributes: { [CURRENT_ENDS]: '$far' } } },
    ],
  },
  {
    name: 'a staged secret is cancelled, and the current one goes on',
    place: 'bound',
    steps: [
      creation('one', managed),
      stage,
      { ask: `DELETE ${ONE}/client-secret/rotated`, answer: 204 },
      dead('second'),
      works('first-secret-of-one'),
    ],
  },
  {
    name: 'Regenerate while a secret is staged drops it; after it was turned, it drops the older one',
    place: 'bound',
    steps: [
      creation('one', managed),
      stage,
      { ...regenerate, keep: { theirs: ['value'] } },
      slots('$theirs', 'first-secret-of-one'),
      dead('second'),
      works('first-secret-of-one'),
      change({ secret: 'second', attributes: rotated('$theirs') }),
      { ...regenerate, keep: { last: ['value'] } },
      slots('$last', 'second'),
      works('second'),
      dead('$theirs'),
      { ask: `DELETE ${ONE}/client-secret/rotated`, answer: 204 },
      dead('second'),
      works('$last'),
    ],
  },
  {
    name: 'where the policy does not match, nothing is staged, and nothing else happens',
    steps: [
      creation('one', managed),
      stage,
      slots('first-secret-of-one', undefined),
      works('first-secret-of-one'),
      dead('second'),
    ],
  },
  {
    name: 'a chosen secret alone replaces what was current',
    steps: [
      creation('one', managed),
      change({ secret: 'second' }),
      dead('first-secret-of-one'),
      works('second'),
    ],
  },
  {
    name: 'in the remaining period, a change does not rotate',
    place: 'bound',
    steps: [
      creation('one', managed),
      change({ attributes: { [CURRENT_ENDS]: '$soon' } }),
      { ask: `PUT ${ONE}`, send: { description: 'other' }, answer: 204 },
      change({ description: 'another' }),
      slots('first-secret-of-one', undefined),
      { ask: `GET ${ONE}`, answer: 200, holds: { attributes: { [CURRENT_ENDS]: '$soon' } } },
    ],
  },
  {
    name: 'on a client that is older than the policy, a change without attributes is 500, and another lets its secret expire',
    place: 'bound later',
    steps: [
      creation('one', managed),
      { act: 'bind' },
      { ask: `PUT ${ONE}`, send: { description: 'other' }, answer: 500, holds: { error: 'unknown_error' } },
      { ...slots('first-secret-of-one', undefined), lacks: { in: ['attributes'], names: [CURRENT_ENDS] } },
      change({ description: 'other' }),
      slots('first-secret-of-one', undefined),
      { ask: `GET ${ONE}`, answer: 200, holds: { attributes: { [CURRENT_ENDS]: aTime } } },
      works('first-secret-of-one'),
    ],
  },
  {
    name: 'on a client that is older than the policy, a secret is staged, and binds it',
    place: 'bound even later',
    steps: [
      creation('one', managed),
      stage,
      slots('first-secret-of-one', undefined),
      { act: 'bind' },
      stage,
      slots('first-secret-of-one', 'second'),
      { ask: `GET ${ONE}`, answer: 200, holds: { attributes: { [CURRENT_ENDS]: aTime } } },
      works('first-secret-of-one'),
      works('second'),
    ],
  },
  {
    name: 'a change that lets the current secret expire rotates it at once',
    place: 'bound',
    steps: [
      creation('one', managed),
      change({ attributes: { [CURRENT_ENDS]: '$past' } }),
      { ask: `GET ${ONE}`, answer: 200, keep: { theirs: ['secret'] } },
      slots('$theirs', 'first-secret-of-one'),
      works('$theirs'),
      works('first-secret-of-one'),
    ],
  },
  {
    name: 'an expired secret is refused, and a change without attributes is 500',
    place: 'bound for seconds',
    steps: [
      { act: 'bind for seconds' },
      creation('one', managed),
      works('first-secret-of-one'),
      creation('two', managed),
      creation('three', managed),
      creation('four', managed),
      creation('five', managed),
      { act: 'let secrets expire' },
      dead('first-secret-of-one'),
      { ask: `PUT ${ONE}`, send: { description: 'other' }, answer: 500, holds: { error: 'unknown_error' } },
      dead('first-secret-of-one'),
      // Here the policy is that of every day again, under which what comes next lives long enough to be looked at.
      { act: 'bind' },
      change({ description: 'other' }),
      { ask: `GET ${ONE}`, answer: 200, keep: { theirs: ['secret'] } },
      slots('$theirs', 'first-secret-of-one'),
      works('$theirs'),
      works('first-secret-of-one'),
      // A new secret makes the expired one valid again, as the rotated one.
      dead('first-secret-of-two', '$own-two'),
      { ...regenerate, ask: `POST ${ADMIN}/clients/id-$own-two/client-secret`, keep: { newest: ['value'] } },
      works('$newest', '$own-two'),
      works('first-secret-of-two', '$own-two'),
      // Staged on an expired client, the change rotates by itself, and what was to be staged is lost.
      { ...stage, ask: `PUT ${ADMIN}/clients/id-$own-three` },
      dead('second', '$own-three'),
      works('first-secret-of-three', '$own-three'),
      // Where it brings a time to the current one, it is taken as it is.
      {
        ...change({ secret: 'second', attributes: { [CURRENT_SINCE]: '$now', [CURRENT_ENDS]: '$far' } }),
        ask: `PUT ${ADMIN}/clients/id-$own-four`,
      },
      works('second', '$own-four'),
      dead('first-secret-of-four', '$own-four'),
      {
        ...change({ attributes: { [CURRENT_ENDS]: '$far', ...rotated('second') } }),
        ask: `PUT ${ADMIN}/clients/id-$own-five`,
      },
      works('second', '$own-five'),
      works('first-secret-of-five', '$own-five'),
    ],
  },
  {
    name: 'switched off, the policy leaves both secrets as they are until the next change, which drops the rotated one',
    place: 'bound for a while',
    steps: [
      { act: 'bind' },
      creation('one', managed),
      stage,
      works('second'),
      { act: 'unbind' },
      works('first-secret-of-one'),
      works('second'),
      slots('first-secret-of-one', 'second'),
      change({ description: 'other' }),
      {
        ...slots('first-secret-of-one', undefined),
        lacks: { in: ['attributes'], names: [CURRENT_ENDS, ROTATED, ROTATED_SINCE, ROTATED_ENDS] },
      },
      works('first-secret-of-one'),
      dead('second'),
    ],
  },
];

export const keyBehaviours: readonly Behaviour<KeycloakAct>[] = [
  {
    name: 'a client with two keys is known by both, and a key that is taken out is refused at once',
    steps: [
      creation('one', {
        clientAuthenticatorType: 'client-jwt',
        attributes: {
          'use.jwks.string': 'true',
          'jwks.string': '$bothKeys',
          'token.endpoint.auth.signing.alg': 'ES256',
        },
      }),
      { ask: `GET ${ONE}`, answer: 200, holds: { ...least, clientAuthenticatorType: 'client-jwt' } },
      assertion('$firstAssertion', 200),
      assertion('$secondAssertion', 200),
      change({ attributes: { 'jwks.string': '$secondKey' } }),
      {
        ...assertion('$thirdAssertion', 400),
        holds: {
          error: 'invalid_client',
          error_description: expect.stringContaining('Unable to load public key'),
        },
      },
      assertion('$fourthAssertion', 200),
    ],
  },
];

/** Each is taken once. The first and the third are signed with the first key, the others with the second. */
function assertion(signed: string, answer: number): Request {
  return {
    ask: 'POST /realms/$realm/protocol/openid-connect/token',
    as: 'nobody',
    form: {
      grant_type: 'client_credentials',
      client_id: '$own-one',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: signed,
    },
    answer,
  };
}
