import { expect } from 'vitest';
import type { Behaviour } from '../wire/behaviour.ts';

/** A whole Vault is sealed; the others on it have to wait. */
export type VaultAct = 'seal' | 'unseal';

const MOUNT = '/v1/auth/$mount';
const ROLE = `${MOUNT}/role/app`;
const denied = expect.stringContaining('permission denied') as unknown;
const text = expect.any(String) as unknown;
const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
const aUuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;

/** A role with what the operator gives it. */
const made = { ask: `POST ${ROLE}`, send: { token_policies: 'app-read' }, answer: 204 } as const;
const roleId = {
  ask: `GET ${ROLE}/role-id`,
  answer: 200,
  keep: { roleId: ['data', 'role_id'] },
} as const;
const minted = {
  ask: `POST ${ROLE}/secret-id`,
  send: { metadata: '{"mark":"one"}' },
  answer: 200,
  keep: { secretId: ['data', 'secret_id'], accessor: ['data', 'secret_id_accessor'] },
} as const;
const login = {
  ask: `POST ${MOUNT}/login`,
  as: 'nobody',
  send: { role_id: '$roleId', secret_id: '$secretId' },
} as const;
const refused = { answer: 400, is: { errors: ['invalid role or secret ID'] } } as const;
const nothing = { answer: 404, is: { errors: [] } } as const;

/** What the operator relies on of AppRole. */
export const roleBehaviours: readonly Behaviour<VaultAct>[] = [
  {
    name: 'a role is made and updated by the same call, with the same answer: nothing collides',
    steps: [
      { ...made, is: '' },
      { ask: `POST ${ROLE}`, send: { token_ttl: '10m', secret_id_ttl: 3600 }, answer: 204 },
      {
        ask: `GET ${ROLE}`,
        answer: 200,
        holds: {
          data: {
            token_policies: ['app-read'],
            token_ttl: 600,
            secret_id_ttl: 3600,
            secret_id_num_uses: 0,
            bind_secret_id: true,
          },
        },
        lacks: { in: ['data'], names: ['description', 'metadata', 'role_id'] },
      },
    ],
  },
  {
    name: 'the name of a role is lower-cased',
    steps: [
      { ask: `POST ${MOUNT}/role/App-One`, send: {}, answer: 204 },
      { ask: `GET ${MOUNT}/role?list=true`, answer: 200, holds: { data: { keys: ['app-one'] } } },
      { ask: `GET ${MOUNT}/role/APP-ONE`, answer: 200 },
    ],
  },
  {
    name: 'fields of a role that are not known are ignored',
    steps: [
      { ask: `POST ${ROLE}`, send: { description: 'x', metadata: { a: 'b' } }, answer: 204 },
      { ask: `GET ${ROLE}`, answer: 200, lacks: { in: ['data'], names: ['description', 'metadata'] } },
    ],
  },
  {
    name: 'a role id may be chosen, and one that another role has is 500',
    steps: [
      { ask: `POST ${ROLE}`, send: { role_id: 'chosen-$mount' }, answer: 204 },
      { ask: `GET ${ROLE}/role-id`, answer: 200, holds: { data: { role_id: 'chosen-$mount' } } },
      {
        ask: `POST ${MOUNT}/role/other`,
        send: { role_id: 'chosen-$mount' },
        answer: 500,
        holds: { errors: [expect.stringContaining('role_id already in use')] },
      },
      { ask: `GET ${MOUNT}/role/other`, ...nothing },
      { ask: `POST ${ROLE}`, send: { role_id: 'chosen-$mount', token_ttl: '1m' }, answer: 204 },
    ],
  },
  {
    name: 'a role that is not there is 404 without a word, and so are all that there are of none',
    steps: [
      { ask: `GET ${ROLE}`, ...nothing },
      { ask: `GET ${ROLE}/role-id`, ...nothing },
      { ask: `GET ${MOUNT}/role?list=true`, ...nothing },
    ],
  },
  {
    name: 'the list has names and nothing else, in one answer',
    steps: [
      ...['b', 'a', 'c'].map((name) => ({ ask: `POST ${MOUNT}/role/${name}`, send: {}, answer: 204 })),
      {
        ask: `GET ${MOUNT}/role?list=true`,
        answer: 200,
        holds: { data: { keys: ['a', 'b', 'c'] } },
        lacks: { in: ['data'], names: ['key_info'] },
      },
    ],
  },
  {
    name: 'a role is deleted whether or not it is there, and its secret ids are dead',
    steps: [
      { ask: `DELETE ${ROLE}`, answer: 204 },
      made,
      roleId,
      minted,
      { ...login, answer: 200 },
      { ask: `DELETE ${ROLE}`, answer: 204, is: '' },
      { ...login, ...refused },
      { ask: `DELETE ${ROLE}`, answer: 204 },
      // A new one of the same name has another id, and none of them.
      made,
      { ask: `GET ${ROLE}/secret-id?list=true`, ...nothing },
      { ...login, ...refused },
    ],
  },
];

export const secretIdBehaviours: readonly Behaviour<VaultAct>[] = [
  {
    name: 'a secret id is shown once, with its accessor',
    steps: [
      made,
      {
        ask: `POST ${ROLE}/secret-id`,
        send: { metadata: '{"mark":"one"}', ttl: '10m' },
        answer: 200,
        holds: {
          data: { secret_id: aUuid, secret_id_accessor: aUuid, secret_id_ttl: 600, secret_id_num_uses: 0 },
        },
        keep: { accessor: ['data', 'secret_id_accessor'] },
      },
      {
        ask: `POST ${ROLE}/secret-id-accessor/lookup`,
        send: { secret_id_accessor: '$accessor' },
        answer: 200,
        holds: {
          data: {
            creation_time: aTime,
            expiration_time: aTime,
            last_updated_time: aTime,
            metadata: { mark: 'one' },
            secret_id_accessor: '$accessor',
            secret_id_ttl: 600,
          },
        },
        lacks: { in: ['data'], names: ['secret_id'] },
      },
    ],
  },
  {
    name: 'a secret id of a role that is not there is 404 with a sentence',
    steps: [{ ...minted, keep: {}, answer: 404, is: { errors: ['role "app" does not exist'] } }],
  },
  {
    name: 'a secret id may be chosen, and the same one again is 500',
    steps: [
      made,
      roleId,
      {
        ask: `POST ${ROLE}/custom-secret-id`,
        as: 'root',
        send: { secret_id: 'chosen-by-us' },
        answer: 200,
        holds: { data: { secret_id: 'chosen-by-us', secret_id_accessor: aUuid } },
      },
      {
        ask: `POST ${ROLE}/custom-secret-id`,
        as: 'root',
        send: { secret_id: 'chosen-by-us' },
        answer: 500,
        holds: { errors: [expect.stringContaining('SecretID is already registered')] },
      },
      { ...login, send: { role_id: '$roleId', secret_id: 'chosen-by-us' }, answer: 200 },
    ],
  },
  {
    name: 'accessors are listed, and none are 404',
    steps: [
      made,
      { ask: `GET ${ROLE}/secret-id?list=true`, ...nothing },
      minted,
      { ask: `GET ${ROLE}/secret-id?list=true`, answer: 200, holds: { data: { keys: ['$accessor'] } } },
    ],
  },
  {
    name: 'sixty-one secret ids live at once',
    steps: [
      made,
      roleId,
      minted,
      ...Array.from({ length: 60 }, () => ({ ask: `POST ${ROLE}/secret-id`, send: {}, answer: 200 })),
      {
        ask: `GET ${ROLE}/secret-id?list=true`,
        answer: 200,
        holds: { data: { keys: Array.from({ length: 61 }, () => text) } },
      },
      { ...login, answer: 200 },
    ],
  },
  {
    name: 'a secret id is ended by its accessor; one that is gone is 404 when it is looked up, and 500 when it is ended',
    steps: [
      made,
      roleId,
      minted,
      {
        ask: `POST ${ROLE}/secret-id-accessor/destroy`,
        send: { secret_id_accessor: '$accessor' },
        answer: 204,
        is: '',
      },
      { ...login, ...refused },
      {
        ask: `POST ${ROLE}/secret-id-accessor/destroy`,
        send: { secret_id_accessor: '$accessor' },
        answer: 500,
        holds: { errors: [expect.stringContaining('failed to find accessor entry')] },
      },
      {
        ask: `POST ${ROLE}/secret-id-accessor/lookup`,
        send: { secret_id_accessor: '$accessor' },
        answer: 404,
        holds: { data: { error: expect.stringContaining('failed to find accessor entry') } },
      },
    ],
  },
];

export const loginBehaviours: readonly Behaviour<VaultAct>[] = [
  {
    name: 'a login gives a token that says whose secret id it was, and that can end itself',
    steps: [
      { ask: `POST ${ROLE}`, send: { token_policies: 'app-read', token_ttl: '5m' }, answer: 204 },
      roleId,
      minted,
      {
        ...login,
        answer: 200,
        holds: {
          auth: {
            client_token: text,
            policies: ['app-read', 'default'],
            metadata: { mark: 'one', role_name: 'app' },
            lease_duration: 300,
          },
        },
        keep: { token: ['auth', 'client_token'] },
      },
      { ask: 'GET /v1/auth/token/lookup-self', as: '$token', answer: 200 },
      { ask: 'POST /v1/auth/token/revoke-self', as: '$token', answer: 204 },
      { ask: 'GET /v1/auth/token/lookup-self', as: '$token', answer: 403 },
    ],
  },
  {
    name: 'a wrong secret id and a wrong role id are refused alike',
    steps: [
      made,
      roleId,
      { ...login, send: { role_id: '$roleId', secret_id: 'wrong' }, ...refused },
      minted,
      { ...login, send: { role_id: 'wrong', secret_id: '$secretId' }, ...refused },
    ],
  },
  {
    name: 'no token, a bad token and a token without the right are 403',
    steps: [
      { ask: `GET ${ROLE}`, as: 'nobody', answer: 403, holds: { errors: [denied] } },
      {
        ask: `GET ${ROLE}`,
        as: 'forged',
        answer: 403,
        holds: { errors: [expect.stringMatching(/permission denied[\s\S]*invalid token/)] },
      },
      { ask: `POST ${ROLE}`, as: 'secret-ids-only', send: {}, answer: 403, holds: { errors: [denied] } },
    ],
  },
  {
    name: 'sealed, everything is 503',
    steps: [
      made,
      roleId,
      minted,
      { act: 'seal' },
      { ask: `GET ${ROLE}`, answer: 503, is: { errors: ['Vault is sealed'] } },
      { ...login, answer: 503, is: { errors: ['Vault is sealed'] } },
      { act: 'unseal' },
      { ask: `GET ${ROLE}`, answer: 200 },
      { ...login, answer: 200 },
    ],
  },
];
