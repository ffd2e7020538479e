import { expect } from 'vitest';
import type { Behaviour, Request } from '../wire/behaviour.ts';

/** How Vault shows what was written of a role, and what it says to what makes no sense. */

const MOUNT = '/v1/auth/$mount';
const ROLE = `${MOUNT}/role/app`;
const said = (text: string): Pick<Request, 'holds'> => ({
  holds: { errors: [expect.stringContaining(text) as unknown] },
});
const role = (data: object): Request => ({ ask: `GET ${ROLE}`, answer: 200, holds: { data } });
const written = (send: object): Request => ({ ask: `POST ${ROLE}`, send, answer: 204 });
const roleId: Request = { ask: `GET ${ROLE}/role-id`, answer: 200, keep: { roleId: ['data', 'role_id'] } };
const minted = (send: object = {}): Request => ({
  ask: `POST ${ROLE}/secret-id`,
  send,
  answer: 200,
  keep: { secretId: ['data', 'secret_id'], accessor: ['data', 'secret_id_accessor'] },
});
const login: Omit<Request, 'answer'> = {
  ask: `POST ${MOUNT}/login`,
  as: 'nobody',
  send: { role_id: '$roleId', secret_id: '$secretId' },
};

export const fieldBehaviours: readonly Behaviour[] = [
  {
    name: 'a role of which nothing was said has these values',
    steps: [
      written({}),
      role({
        bind_secret_id: true,
        local_secret_ids: false,
        secret_id_bound_cidrs: null,
        secret_id_num_uses: 0,
        secret_id_ttl: 0,
        token_bound_cidrs: [],
        token_explicit_max_ttl: 0,
        token_max_ttl: 0,
        token_no_default_policy: false,
        token_num_uses: 0,
        token_period: 0,
        token_policies: [],
        token_ttl: 0,
        token_type: 'default',
      }),
    ],
  },
  {
    name: 'what a call leaves out of a role stays',
    steps: [
      written({ token_policies: ['b', 'a'], token_ttl: 60 }),
      written({ token_max_ttl: '2m' }),
      role({ token_policies: ['b', 'a'], token_ttl: 60, token_max_ttl: 120 }),
      written({ token_policies: [], token_ttl: 0 }),
      role({ token_policies: [], token_ttl: 0, token_max_ttl: 120 }),
    ],
  },
  {
    name: 'policies in one text are taken apart, and those in a list are not',
    steps: [
      written({ token_policies: 'app-read,admin' }),
      role({ token_policies: ['app-read', 'admin'] }),
      written({ token_policies: ['app-read,admin'] }),
      role({ token_policies: ['app-read,admin'] }),
    ],
  },
  {
    name: 'addresses are shown as they were written, and a single one of tokens without its length',
    steps: [
      written({
        token_bound_cidrs: ['10.0.0.0/8', '192.0.2.1/32'],
        secret_id_bound_cidrs: ['10.0.0.0/8', '192.0.2.1/32'],
      }),
      role({
        token_bound_cidrs: ['10.0.0.0/8', '192.0.2.1'],
        secret_id_bound_cidrs: ['10.0.0.0/8', '192.0.2.1/32'],
      }),
      written({ token_bound_cidrs: [], secret_id_bound_cidrs: [] }),
      role({ token_bound_cidrs: [] }),
    ],
  },
  {
    name: 'a token that is to be good for longer than it may be is refused',
    steps: [
      {
        ask: `POST ${ROLE}`,
        send: { token_ttl: '2h', token_max_ttl: '1h' },
        answer: 400,
        ...said("'token_ttl' cannot be greater than 'token_max_ttl'"),
      },
    ],
  },
  {
    name: 'a secret id that does not end has an end in the year 1',
    steps: [
      written({}),
      minted(),
      {
        ask: `POST ${ROLE}/secret-id-accessor/lookup`,
        send: { secret_id_accessor: '$accessor' },
        answer: 200,
        holds: { data: { expiration_time: '0001-01-01T00:00:00Z', secret_id_ttl: 0, metadata: {} } },
      },
    ],
  },
  {
    name: 'of a role that is not there nothing is listed, looked up or ended: it is said in a sentence',
    steps: [
      { ask: `GET ${ROLE}/secret-id?list=true`, answer: 400, ...said('role "app" does not exist') },
      {
        ask: `POST ${ROLE}/secret-id-accessor/lookup`,
        send: { secret_id_accessor: 'none' },
        answer: 500,
        ...said('role "app" does not exist'),
      },
      {
        ask: `POST ${ROLE}/secret-id-accessor/destroy`,
        send: { secret_id_accessor: 'none' },
        answer: 500,
        ...said('role "app" does not exist'),
      },
    ],
  },
  {
    name: 'metadata that is no JSON is refused',
    steps: [
      written({}),
      {
        ask: `POST ${ROLE}/secret-id`,
        send: { metadata: 'x' },
        answer: 400,
        ...said('failed to parse metadata'),
      },
    ],
  },
  {
    name: 'a login without a role id, or without a secret id, says which',
    steps: [
      written({}),
      roleId,
      {
        ...login,
        send: { secret_id: 'x' },
        answer: 500,
        ...said('failed to determine alias name from login request'),
      },
      { ...login, send: { role_id: '$roleId' }, answer: 400, ...said('missing secret_id') },
    ],
  },
  {
    name: 'a good secret id from an address that is not allowed is told from a bad one',
    steps: [
      written({ secret_id_bound_cidrs: ['192.0.2.0/24'] }),
      roleId,
      minted(),
      { ...login, answer: 400, ...said('source address "127.0.0.1" unauthorized') },
      {
        ...login,
        send: { role_id: '$roleId', secret_id: 'wrong' },
        answer: 400,
        is: { errors: ['invalid role or secret ID'] },
      },
    ],
  },
  {
    name: 'with a secret id whose metadata has a key with a dot nobody logs in',
    steps: [
      written({}),
      roleId,
      minted({ metadata: '{"a.b":"c"}' }),
      { ...login, answer: 500, ...said('key contains invalid characters') },
    ],
  },
  {
    name: 'a token of a role without lifetimes and policies has those of the server',
    steps: [
      written({}),
      roleId,
      minted(),
      { ...login, answer: 200, holds: { auth: { policies: ['default'], lease_duration: 2_764_800 } } },
    ],
  },
  {
    name: 'a token says which role it is of, and its accessor',
    steps: [
      written({ token_policies: ['b', 'a'] }),
      roleId,
      minted(),
      {
        ...login,
        answer: 200,
        holds: { auth: { policies: ['a', 'b', 'default'] } },
        keep: { token: ['auth', 'client_token'], itself: ['auth', 'accessor'] },
      },
      {
        ask: 'GET /v1/auth/token/lookup-self',
        as: '$token',
        answer: 200,
        holds: { data: { accessor: '$itself', meta: { role_name: 'app' } } },
      },
    ],
  },
  {
    name: 'what is mounted nowhere is 404 with a sentence, and a list that does not say so 405',
    steps: [
      {
        ask: 'GET /v1/auth/$mount-x/role/app',
        as: 'root',
        answer: 404,
        ...said('no handler for route'),
      },
      { ask: `GET ${MOUNT}/role`, as: 'root', answer: 405, ...said('unsupported operation') },
    ],
  },
];
