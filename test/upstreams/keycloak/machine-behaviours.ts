import { expect } from 'vitest';
import type { Behaviour, Request } from '../wire/behaviour.ts';
import { creation, type KeycloakAct, login, ONE, TOKEN } from './parts.ts';

const withKeys = (keys: string): object => ({
  clientAuthenticatorType: 'client-jwt',
  defaultClientScopes: ['basic'],
  optionalClientScopes: [],
  attributes: {
    'use.jwks.string': 'true',
    'jwks.string': keys,
    'token.endpoint.auth.signing.alg': 'ES256',
  },
});
const change = (more: object): Request => ({
  ask: `PUT ${ONE}`,
  send: { attributes: {}, ...more },
  answer: 204,
});
const setKeys = (keys: string): Request => change({ attributes: { 'jwks.string': keys } });
const asked = (assertion: string): Omit<Request, 'answer'> => ({
  ask: `POST ${TOKEN}`,
  as: 'nobody',
  form: {
    grant_type: 'client_credentials',
    client_id: '$own-one',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  },
});
const refused = (assertion: string, said: string): Request => ({
  ...asked(assertion),
  answer: 400,
  holds: { error: 'invalid_client', error_description: expect.stringContaining(said) },
});

const mapper = (name: string, audience: string): object => ({
  name,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': audience, 'access.token.claim': 'true' },
});
const shownMapper = (name: string, audience: string): unknown =>
  expect.objectContaining({
    name,
    protocolMapper: 'oidc-audience-mapper',
    config: expect.objectContaining({ 'included.custom.audience': audience }),
  });

/** What clients for machines are made of, and what is said of an assertion that is not good. */
export const machineBehaviours: readonly Behaviour<KeycloakAct>[] = [
  {
    name: 'a client with an empty key set is there, and takes no assertion until a key is in it',
    steps: [
      creation('one', withKeys('$noKeys')),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: {
          clientAuthenticatorType: 'client-jwt',
          attributes: { 'jwks.string': '$noKeys' },
          optionalClientScopes: [],
        },
      },
      refused('$firstAssertion', 'Unable to load public key'),
      setKeys('$firstKey'),
      { ...asked('$thirdAssertion'), answer: 200 },
    ],
  },
  {
    name: 'its secret opens nothing',
    steps: [
      creation('one', withKeys('$firstKey')),
      {
        ...login('first-secret-of-one'),
        answer: 400,
        holds: { error: 'invalid_client', error_description: 'Parameter client_assertion_type is missing' },
      },
    ],
  },
  {
    name: 'an assertion is refused in other words for another key, audience, time, and for the second time',
    steps: [
      creation('one', withKeys('$firstKey')),
      refused('$secondAssertion', 'Unable to load public key'),
      refused('$toSomebodyElse', 'Invalid token audience'),
      refused('$pastAssertion', 'Token is not active'),
      refused('$futureAssertion', 'Token was issued in the future'),
      { ...asked('$firstAssertion'), answer: 200 },
      refused('$firstAssertion', 'Token reuse detected'),
      setKeys('$otherKeyOfThatName'),
      refused('$thirdAssertion', 'Signature on JWT token failed validation'),
      change({ enabled: false }),
      {
        ...asked('$fourthAssertion'),
        answer: 401,
        holds: {
          error: 'invalid_client',
          error_description: 'Invalid client or Invalid client credentials',
        },
      },
    ],
  },
  {
    name: 'a change replaces the protocol mappers as a whole, where it names any',
    steps: [
      creation('one', { protocolMappers: [mapper('a', 'https://a')] }),
      change({ protocolMappers: [mapper('b', 'https://b'), mapper('c', 'https://c')] }),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: {
          protocolMappers: expect.arrayContaining([
            shownMapper('b', 'https://b'),
            shownMapper('c', 'https://c'),
          ]),
        },
      },
      change({ description: 'another' }),
      { ask: `GET ${ONE}`, answer: 200, holds: { protocolMappers: expect.any(Array) } },
    ],
  },
  {
    name: 'tokens of a client live as long as its attribute says',
    steps: [
      creation('one', { attributes: { 'access.token.lifespan': '77' } }),
      { ...login('first-secret-of-one'), answer: 200, holds: { expires_in: 77 } },
    ],
  },
  {
    name: 'a client scope that is not there is 404',
    steps: [
      creation('one'),
      {
        ask: `PUT ${ONE}/default-client-scopes/nosuch`,
        answer: 404,
        holds: { error: 'Client scope not found' },
      },
    ],
  },
];
