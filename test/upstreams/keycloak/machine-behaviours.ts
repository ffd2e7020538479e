import { expect } from 'vitest';
import type { Behaviour, Request } from '../wire/behaviour.ts';
import { ADMIN, CLIENTS, body, creation, type KeycloakAct, login, ONE, TOKEN, works } from './parts.ts';

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

const mapper = (name: string, audience: string, more: object = {}): object => ({
  name,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-audience-mapper',
  config: { 'included.custom.audience': audience, 'access.token.claim': 'true', ...more },
});
/** Else a token has the audiences that the roles of a client bring. */
const withMappers = (...protocolMappers: readonly object[]): object => ({
  defaultClientScopes: ['basic'],
  protocolMappers,
});
const tokenHas = (aud: unknown): Request => ({ ...works('first-secret-of-one'), claims: { aud } });
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
  {
    name: 'a client scope stays in the list that it is in, and goes from both by either of them',
    steps: [
      {
        ask: `POST ${ADMIN}/client-scopes`,
        send: {
          id: 'scope-$own',
          name: 'read:$own',
          protocol: 'openid-connect',
          attributes: { 'include.in.token.scope': 'true' },
        },
        answer: 201,
      },
      creation('one', { defaultClientScopes: [], optionalClientScopes: ['read:$own'] }),
      { ask: `PUT ${ONE}/default-client-scopes/scope-$own`, answer: 204 },
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: { defaultClientScopes: ['service_account'], optionalClientScopes: ['read:$own'] },
      },
      { ask: `DELETE ${ONE}/default-client-scopes/scope-$own`, answer: 204 },
      { ask: `GET ${ONE}`, answer: 200, holds: { optionalClientScopes: [] } },
      { ask: `PUT ${ONE}/default-client-scopes/scope-$own`, answer: 204 },
      { ...works('first-secret-of-one'), holds: { scope: 'read:$own' } },
      { ask: `PUT ${ONE}/optional-client-scopes/scope-$own`, answer: 204 },
      { ask: `GET ${ONE}`, answer: 200, holds: { optionalClientScopes: [] } },
      { ask: `DELETE ${ONE}/optional-client-scopes/scope-$own`, answer: 204 },
      { ask: `GET ${ONE}`, answer: 200, holds: { defaultClientScopes: ['service_account'] } },
    ],
  },
  {
    name: 'two protocol mappers of one name are refused; at a creation with the words of a client id that is taken',
    steps: [
      {
        ask: `POST ${CLIENTS}`,
        send: body('one', withMappers(mapper('a', 'https://a'), mapper('a', 'https://b'))),
        answer: 409,
        is: { errorMessage: 'Client $own-one already exists' },
      },
      { ask: `GET ${ONE}`, answer: 404 },
      creation('one', withMappers(mapper('a', 'https://a'))),
      {
        ...change({ protocolMappers: [mapper('a', 'https://a'), mapper('a', 'https://b')] }),
        answer: 400,
        is: {
          error: 'invalid_input',
          error_description:
            "Cannot add protocol mapper 'a'. Protocol mapper name must be unique per protocol",
        },
      },
      tokenHas('https://a'),
    ],
  },
  {
    name: 'an audience mapper that names a client gives that one, and not the custom audience beside it',
    steps: [
      creation('one', withMappers(mapper('a', 'https://a', { 'included.client.audience': '$own-two' }))),
      tokenHas('$own-two'),
      change({ protocolMappers: [mapper('a', 'https://a', { 'included.client.audience': '' })] }),
      tokenHas('https://a'),
    ],
  },
  {
    name: 'an audience mapper gives nothing to an access token unless it says so',
    steps: [
      creation('one', withMappers(mapper('a', 'https://a', { 'access.token.claim': 'false' }))),
      tokenHas(undefined),
      change({
        protocolMappers: [
          {
            name: 'a',
            protocol: 'openid-connect',
            protocolMapper: 'oidc-audience-mapper',
            config: { 'included.custom.audience': 'https://a' },
          },
        ],
      }),
      tokenHas(undefined),
      change({ protocolMappers: [mapper('a', 'https://a'), mapper('b', 'https://b')] }),
      tokenHas(expect.arrayContaining(['https://a', 'https://b'])),
    ],
  },
];
