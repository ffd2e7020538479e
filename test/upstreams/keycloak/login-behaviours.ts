import { expect } from 'vitest';
import type { Behaviour } from '../wire/behaviour.ts';
import { creation, dead, type KeycloakAct, login, ONE, refusal, text, TOKEN, works } from './parts.ts';

const aToken = {
  access_token: text,
  refresh_expires_in: 0,
  token_type: 'Bearer',
  'not-before-policy': 0,
  scope: text,
};

export const loginBehaviours: readonly Behaviour<KeycloakAct>[] = [
  {
    name: 'a login by form or Basic gives a token of five minutes',
    steps: [
      creation('one'),
      {
        ...works('first-secret-of-one'),
        holds: { ...aToken, expires_in: expect.closeTo(300, -1) },
      },
      {
        ask: `POST ${TOKEN}`,
        as: 'basic $own-one:first-secret-of-one',
        form: { grant_type: 'client_credentials' },
        answer: 200,
        holds: aToken,
      },
    ],
  },
  {
    name: 'in the realm master, a token lives for a minute',
    steps: [
      {
        ...login('$bootSecret', '$boot'),
        ask: 'POST /realms/master/protocol/openid-connect/token',
        answer: 200,
        holds: { ...aToken, expires_in: expect.closeTo(60, -1) },
      },
    ],
  },
  {
    name: 'a bad secret is unauthorized_client; an unknown and a disabled client are invalid_client, with the same words',
    steps: [
      creation('one'),
      dead('wrong'),
      { ...login('wrong', '$own-nobody'), ...refusal('invalid_client') },
      { ask: `PUT ${ONE}`, send: { enabled: false, attributes: {} }, answer: 204 },
      { ...login('first-secret-of-one'), ...refusal('invalid_client') },
    ],
  },
  {
    name: 'a client without a service account is unauthorized_client, with other words',
    steps: [
      creation('one', { serviceAccountsEnabled: false }),
      {
        ...login('first-secret-of-one'),
        answer: 401,
        is: {
          error: 'unauthorized_client',
          error_description: 'Client not enabled to retrieve service account',
        },
      },
    ],
  },
  {
    name: 'a scope that the client does not have is 400',
    steps: [
      creation('one'),
      {
        ask: `POST ${TOKEN}`,
        as: 'basic $own-one:first-secret-of-one',
        form: { grant_type: 'client_credentials', scope: 'nosuch' },
        answer: 400,
        is: { error: 'invalid_scope', error_description: 'Invalid scopes: nosuch' },
      },
    ],
  },
  {
    name: 'a client that was registered dynamically for Basic logs in by that alone',
    steps: [
      {
        ask: 'POST /realms/$realm/clients-registrations/openid-connect',
        send: {
          client_name: 'dynamic',
          grant_types: ['client_credentials'],
          token_endpoint_auth_method: 'client_secret_basic',
        },
        answer: 201,
        keep: { id: ['client_id'], secret: ['client_secret'] },
      },
      {
        ...login('$secret', '$id'),
        answer: 401,
        holds: {
          error: 'unauthorized_client',
          error_description: expect.stringContaining('Invalid method used to get client secret'),
        },
      },
      {
        ask: `POST ${TOKEN}`,
        as: 'basic $id:$secret',
        form: { grant_type: 'client_credentials' },
        answer: 200,
      },
    ],
  },
];
