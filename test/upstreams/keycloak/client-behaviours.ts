import { expect } from 'vitest';
import type { Behaviour, Request } from '../wire/behaviour.ts';
import {
  ADMIN,
  aTime,
  body,
  CLIENTS,
  creation,
  dead,
  type KeycloakAct,
  least,
  ONE,
  text,
  works,
} from './parts.ts';

const conflict = { error: 'conflict', error_description: 'Duplicate resource error' };
const notFound = { answer: 404, is: { error: 'Could not find client' } } as const;

export const clientBehaviours: readonly Behaviour<KeycloakAct>[] = [
  {
    name: 'a client is made with the id, the client id and the secret that were chosen',
    steps: [
      { ...creation('one'), is: '', headers: { location: `$url${ONE}` } },
      { ask: `GET ${ONE}`, answer: 200, holds: { ...least, id: 'id-$own-one', clientId: '$own-one' } },
      works('first-secret-of-one'),
      { ask: `POST ${CLIENTS}`, send: { id: '$own-id' }, answer: 201 },
      { ask: `GET ${CLIENTS}/$own-id`, answer: 200, holds: { clientId: '$own-id' } },
    ],
  },
  {
    name: 'without a word about them, a client may log people in, and has every scope',
    steps: [
      { ask: `POST ${CLIENTS}`, send: { id: '$own-bare' }, answer: 201 },
      {
        ask: `GET ${CLIENTS}/$own-bare`,
        answer: 200,
        holds: { standardFlowEnabled: true, fullScopeAllowed: true, serviceAccountsEnabled: false },
      },
    ],
  },
  {
    name: 'a client id that is taken is 409, and so is an id, with other words',
    steps: [
      creation('one'),
      {
        ask: `POST ${CLIENTS}`,
        send: { ...body('one'), id: 'id-$own-other' },
        answer: 409,
        is: { errorMessage: 'Client $own-one already exists' },
      },
      { ask: `POST ${CLIENTS}`, send: { ...body('other'), id: 'id-$own-one' }, answer: 409, is: conflict },
      // The very same request again: the id is what is told.
      { ask: `POST ${CLIENTS}`, send: body('one'), answer: 409, is: conflict },
      { ask: `GET ${CLIENTS}?clientId=$own-other`, answer: 200, is: [] },
      works('first-secret-of-one'),
    ],
  },
  {
    name: 'a field that is not known is 400, and so is broken JSON',
    steps: [
      {
        ask: `POST ${CLIENTS}`,
        send: { clientIdx: 'a' },
        answer: 400,
        holds: {
          error: expect.stringContaining(
            'Invalid json representation for ClientRepresentation. Unrecognized field "clientIdx"',
          ),
        },
      },
      { ask: `POST ${CLIENTS}`, text: '{"clientId":', answer: 400, holds: { error: 'invalid_request' } },
    ],
  },
  {
    name: 'what is longer than 255 characters is 500, and an attribute may be long',
    steps: [
      ...['clientId', 'description', 'secret'].map((field) => ({
        ask: `POST ${CLIENTS}`,
        send: { ...body('one'), [field]: 'x'.repeat(300) },
        answer: 500,
        holds: { error: 'unknown_error' },
      })),
      { ask: `GET ${ONE}`, ...notFound },
      creation('one', { attributes: { long: 'x'.repeat(5_000) } }),
      creation('two', { secret: 'x'.repeat(255), description: 'x'.repeat(255) }),
    ],
  },
  {
    name: 'reading a client shows its secret, and our attributes beside its own',
    steps: [
      creation('one', { attributes: { 'machine-client.dev/mark': 'a/b/c' } }),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: {
          secret: 'first-secret-of-one',
          attributes: { 'machine-client.dev/mark': 'a/b/c' },
        },
        lacks: { in: ['attributes'], names: ['client.secret.creation.time'] },
      },
      {
        ask: `GET ${ONE}/client-secret`,
        answer: 200,
        holds: { type: 'secret', value: 'first-secret-of-one' },
      },
    ],
  },
  {
    name: 'a secret that was not chosen is long, and the time of its creation is kept',
    steps: [
      creation('one', { secret: undefined }),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: {
          secret: expect.stringMatching(/^[A-Za-z0-9]{86}$/),
          attributes: { 'client.secret.creation.time': aTime },
        },
      },
    ],
  },
  {
    name: 'the list is in the order of client ids, has every secret, and pages by offset',
    steps: [
      creation('b'),
      creation('c'),
      creation('a'),
      {
        ask: `GET ${CLIENTS}?clientId=$own-&search=true`,
        answer: 200,
        holds: ['a', 'b', 'c'].map((one) => ({
          clientId: `$own-${one}`,
          secret: `first-secret-of-${one}`,
        })),
      },
      page('first=0&max=2', 'a', 'b'),
      { ask: `DELETE ${CLIENTS}/id-$own-a`, answer: 204 },
      // What has moved up is on no page.
      page('first=2&max=2'),
      page('first=1&max=2', 'c'),
      { ask: `GET ${CLIENTS}?clientId=$own-b`, answer: 200, holds: [{ clientId: '$own-b' }] },
      { ask: `GET ${CLIENTS}?clientId=$own-`, answer: 200, is: [] },
      { ask: `GET ${CLIENTS}?first=10000&max=10`, answer: 200, is: [] },
    ],
  },
  {
    name: 'attributes are not searched, unless the server was started for it',
    steps: [
      {
        ask: `GET ${CLIENTS}?q=machine-client.dev/mark:x`,
        answer: 400,
        is: {
          error: 'invalid_request',
          error_description: 'Attributes [machine-client.dev/mark] not allowed for search',
        },
      },
    ],
  },
  {
    name: 'a change is a merge: what is absent stays, and an empty attribute goes',
    steps: [
      creation('one', { description: 'first', attributes: { a: '1', b: '2', c: '3' } }),
      {
        ask: `PUT ${ONE}`,
        send: { description: 'second', attributes: { a: '', b: null, d: '4' } },
        answer: 204,
        is: '',
      },
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: { ...least, description: 'second', attributes: { c: '3', d: '4' } },
        lacks: { in: ['attributes'], names: ['a', 'b'] },
      },
      works('first-secret-of-one'),
      { ask: `PUT ${ONE}`, send: { clientId: '$own-renamed', attributes: {} }, answer: 204 },
      works('first-secret-of-one', '$own-renamed'),
    ],
  },
  {
    name: 'a client is deleted once; after that it is 404',
    steps: [
      creation('one'),
      { ask: `DELETE ${ONE}`, answer: 204 },
      { ask: `DELETE ${ONE}`, ...notFound },
      { ask: `GET ${ONE}`, ...notFound },
      { ask: `PUT ${ONE}`, send: { attributes: {} }, ...notFound },
    ],
  },
  {
    name: 'a realm and a path that are not there are 404',
    steps: [
      {
        ask: 'GET /admin/realms/nosuch/clients',
        as: 'admin',
        answer: 404,
        is: { error: 'Realm not found.' },
      },
      { ask: `GET ${ADMIN}/nosuch`, answer: 404, holds: { error: 'HTTP 404 Not Found' } },
    ],
  },
  {
    name: 'no token and a bad one are 401, and one without the right is 403',
    steps: [
      ...(['nobody', 'forged'] as const).map((as) => ({
        ask: `GET ${CLIENTS}`,
        as,
        answer: 401,
        holds: { error: 'HTTP 401 Unauthorized' },
      })),
      { ask: `GET ${CLIENTS}`, as: 'powerless', answer: 403, holds: { error: 'HTTP 403 Forbidden' } },
      {
        ask: `POST ${CLIENTS}`,
        as: 'powerless',
        send: body('one'),
        answer: 403,
        holds: { error: 'HTTP 403 Forbidden' },
      },
    ],
  },
  {
    name: 'without the policy, a new secret ends the old one at once',
    steps: [
      creation('one'),
      {
        ask: `POST ${ONE}/client-secret`,
        answer: 200,
        holds: { type: 'secret', value: text },
        keep: { next: ['value'] },
      },
      dead('first-secret-of-one'),
      works('$next'),
      {
        ask: `GET ${ONE}/client-secret/rotated`,
        answer: 404,
        holds: { error: 'Client does not have a rotated secret' },
      },
      { ask: `DELETE ${ONE}/client-secret/rotated`, answer: 204 },
    ],
  },
  {
    name: 'a client with a service account has a user',
    steps: [
      creation('one'),
      {
        ask: `GET ${ONE}/service-account-user`,
        answer: 200,
        holds: { id: text, username: 'service-account-$own-one' },
      },
    ],
  },
  {
    name: 'an unknown scope is dropped without a word, and later ones are added and removed by their ids',
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
      creation('one', { defaultClientScopes: ['nosuch'] }),
      {
        ask: `GET ${ONE}`,
        answer: 200,
        holds: { defaultClientScopes: ['service_account'] },
      },
      { ask: `PUT ${ONE}`, send: { defaultClientScopes: ['read:$own'], attributes: {} }, answer: 204 },
      { ask: `GET ${ONE}`, answer: 200, holds: { defaultClientScopes: ['service_account'] } },
      { ask: `PUT ${ONE}/default-client-scopes/scope-$own`, answer: 204 },
      {
        ...works('first-secret-of-one'),
        holds: { scope: 'read:$own' },
      },
      { ask: `DELETE ${ONE}/default-client-scopes/scope-$own`, answer: 204 },
      { ask: `GET ${ONE}`, answer: 200, holds: { defaultClientScopes: ['service_account'] } },
    ],
  },
];

function page(query: string, ...names: readonly string[]): Request {
  return {
    ask: `GET ${CLIENTS}?clientId=$own-&search=true&${query}`,
    answer: 200,
    holds: names.map((name) => ({ clientId: `$own-${name}` })),
  };
}
